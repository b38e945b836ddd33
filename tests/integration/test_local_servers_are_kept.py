"""An embedded server that ends by itself is started again; one that does not stay up ends everything."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import httpx2
import pytest

from services.chassis.names import Names
from services.chassis.secrets.installation import Secrets
from services.local import GivenUpError, NatsServer, Servers, local_servers
from services.local.keeping import Keeper
from tests.support.system.local import alive, at_work_in, sign_in
from tests.support.system.ports import free_port
from tests.support.system.system import HANG, eventually, sample_day

ROOT = Path(__file__).parents[2]


async def answers(servers: Servers) -> bool:
    try:
        connection = await asyncpg.connect(servers.postgres_dsn)
    except (OSError, asyncpg.PostgresError):
        return False
    try:
        return bool(await connection.fetchval("select id = 7 from kept"))
    finally:
        await connection.close()


async def copies(servers: Servers) -> bool:
    try:
        client = await sign_in(servers, "admin", Names(), [])
    except Exception:  # noqa: BLE001 - whatever the client says of a server that is not there
        return False
    try:
        return (await client.jetstream().stream_info("LOG_intake")).state.messages == 1
    finally:
        await client.close()


async def test_both_servers_come_back_with_what_they_had_after_a_kill(tmp_path: Path) -> None:
    async with local_servers(tmp_path) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.execute("create table kept (id int); insert into kept values (7)")
        client = await sign_in(servers, "admin", Names(), [])
        await client.jetstream().add_stream(name="LOG_intake", subjects=["canaliza.intake.>"])
        await client.jetstream().publish("canaliza.intake.case_opened", b"x")
        for pid in (servers.postgres_pid, servers.nats_pid):
            os.kill(pid, signal.SIGKILL)
        await eventually(lambda: answers(servers))
        await eventually(lambda: copies(servers))
        assert not any(task.done() for task in servers.kept)
        await client.close()
        connection.terminate()
    assert not alive(servers.postgres_pid)
    assert at_work_in(tmp_path) == []


@asynccontextmanager
async def nats(folder: Path) -> AsyncIterator[NatsServer]:
    server = NatsServer(folder, Secrets.load_or_create(folder))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def cannot_start(folder: Path) -> Iterator[None]:
    """A file is where the server's own file goes."""
    conf = folder / "nats" / "nats.conf.new"
    conf.mkdir()
    try:
        yield
    finally:
        conf.rmdir()


async def test_a_server_that_does_not_stay_up_is_given_up_after_its_attempts(tmp_path: Path) -> None:
    async with nats(tmp_path) as server:
        with cannot_start(tmp_path):
            keeping = asyncio.create_task(Keeper("nats", server, tmp_path, waits=(0, 0, 0)).run())
            os.kill(server.pid, signal.SIGKILL)
            with pytest.raises(GivenUpError, match="nats"):
                await asyncio.wait_for(keeping, HANG)


async def test_a_full_disk_is_waited_for_and_no_attempt_is_lost_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([0] * 20)
    monkeypatch.setattr("services.local.keeping.LOOK", 0.001)
    async with nats(tmp_path) as server:
        first = server.pid
        keeper = Keeper("nats", server, tmp_path, waits=(0,), free=lambda _: next(looks, 1 << 40))
        keeping = asyncio.create_task(keeper.run())
        os.kill(first, signal.SIGKILL)

        async def again() -> bool:
            return not keeping.done() and server._child is not None and server.pid != first and alive(server.pid)

        await eventually(again)
        assert next(looks, None) is None, "it was looked at until there was room"
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


UP = "from services.cli import main; main()"
IMPATIENT = f"import services.local.keeping as keeping; keeping.WAITS = (0.0, 0.0); {UP}"


@asynccontextmanager
async def up(data: Path, program: str = UP) -> AsyncIterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """``canaliza up`` in a process, ready; its address, and what it said."""
    port, said = free_port(), data.parent / "said.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    own = {"CANALIZA_DATA": str(data), "CANALIZA_PORT": str(port), "CANALIZA_NATS_PORT": "0"}
    with said.open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - only its start blocks, for a moment
            [sys.executable, "-c", program, "up"], cwd=ROOT, env=kept | own, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=HANG, verify=False) as client:

            async def ready() -> bool:
                assert process.poll() is None, said.read_text()
                try:
                    return (await client.get("/health/ready")).status_code == 200 and "Albergue" in said.read_text()
                except httpx2.TransportError:
                    return False

            await eventually(ready)
        yield process, url, said
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, HANG)


def pids_of(data: Path) -> list[int]:
    files = (data / "postgres" / "postmaster.pid", data / "nats" / "nats.pid")
    return [int(file.read_text().split("\n")[0]) for file in files]


@pytest.mark.slow
async def test_after_a_kill_of_both_its_servers_up_takes_cases_again(tmp_path: Path) -> None:
    data = tmp_path / "var"
    async with up(data) as (process, url, said):
        found = re.search(r"(czl_[A-Za-z0-9_-]{43})", said.read_text())
        assert found is not None
        headers = {"Authorization": f"Bearer {found[1]}"}
        for pid in pids_of(data):
            os.kill(pid, signal.SIGKILL)
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=HANG) as client:

            async def taken() -> bool:
                case = next(one for one in sample_day() if one["shelter"] == "ALB-TAP-01")
                return (await client.post("/api/v1/submissions", json=case)).status_code in (200, 201)

            await eventually(taken)
        assert process.poll() is None


@pytest.mark.faults
async def test_up_ends_with_3_if_a_server_does_not_stay_up_so_that_a_supervisor_learns_of_it(tmp_path: Path) -> None:
    data = tmp_path / "var"
    async with up(data, IMPATIENT) as (process, _, said):
        (data / "postgres" / "pg_hba.conf").write_text("nonsense\n")
        os.kill(pids_of(data)[0], signal.SIGKILL)
        assert await asyncio.to_thread(process.wait, HANG) == 3
        assert "Se detiene: un servidor propio no se mantiene en marcha" in said.read_text()
    assert at_work_in(data) == []
