"""Whatever ends the program, it leaves no server behind, and the next start leaves one of each."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from services.local import (
    local_servers,
)
from tests.support.system.local import alive, at_work_in
from tests.support.system.system import HANG

ROOT = Path(__file__).parents[2]


PARENT = """
import asyncio, signal, sys
from pathlib import Path
from services.local import local_servers
from tests.support.system.system import HANG

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background has it ignored

async def main():
    async with local_servers(Path(sys.argv[1])) as servers:
        print(servers.postgres_pid, servers.nats_pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@contextmanager
def parent(data: Path) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """Another program that runs the servers, in a process group of its own as a shell would start it."""
    command = [sys.executable, "-c", PARENT, str(data)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, process_group=0) as process:
        try:
            assert process.stdout is not None
            postgres, nats_server = map(int, process.stdout.readline().split())
            yield process, postgres, nats_server
        finally:
            process.kill()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_parent_that_is_signalled_to_end_leaves_nothing(tmp_path: Path, by: signal.Signals) -> None:
    with parent(tmp_path) as (process, postgres, nats_server):
        os.killpg(process.pid, by)
        process.communicate(timeout=HANG)
        assert process.returncode == {signal.SIGTERM: 143, signal.SIGINT: -2}[by]
        assert not alive(postgres)
        assert not alive(nats_server)
    assert at_work_in(tmp_path) == []


def test_an_impatient_second_ctrl_c_leaves_nothing_either(tmp_path: Path) -> None:
    with parent(tmp_path) as (process, _, _):
        for _ in range(2):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.02)
        process.communicate(timeout=HANG)
    assert at_work_in(tmp_path) == []


def test_a_parent_that_is_signalled_to_end_while_starting_leaves_nothing(tmp_path: Path) -> None:
    for wait in (0.4, 0.6, 0.8, 1.0):
        command = [sys.executable, "-c", PARENT, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=-3, stderr=-3) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=wait)
            process.terminate()
            process.wait(timeout=HANG)
        assert at_work_in(tmp_path) == []


async def test_after_a_kill_of_the_parent_the_next_start_leaves_one_of_each(tmp_path: Path) -> None:
    with parent(tmp_path) as (process, postgres, nats_server):
        process.kill()
        process.communicate(timeout=HANG)
    assert alive(postgres)
    assert alive(nats_server)
    async with local_servers(tmp_path) as servers:
        assert not alive(postgres)
        assert not alive(nats_server)
        names = [Path(name).name for name in at_work_in(tmp_path)]
        assert names.count("postgres") == names.count("nats-server") == 1
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.close()
    assert at_work_in(tmp_path) == []


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


async def test_another_program_whose_pid_is_in_a_pid_file_is_left_alone(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    async with local_servers(tmp_path):
        pass
    for file in ("postgres/postmaster.pid", "nats/nats.pid"):
        (tmp_path / file).write_text(f"{stranger.pid}\n{tmp_path / 'postgres'}\n1\n5432\n\n\n")
    async with local_servers(tmp_path) as servers:
        assert alive(servers.postgres_pid)
    assert stranger.poll() is None


async def test_after_a_crash_of_both_servers_the_next_start_works(tmp_path: Path) -> None:
    with parent(tmp_path) as (process, postgres, nats_server):
        for pid in (process.pid, postgres, nats_server):
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=HANG)
    async with local_servers(tmp_path) as servers:
        assert alive(servers.postgres_pid)
