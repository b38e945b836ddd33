"""Both servers of this machine start, stop, start again, and say why when they cannot."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from services.chassis.names import Names
from services.chassis.own_system import default_keys
from services.chassis.secrets.installation import Secrets
from services.local import (
    AlreadyRunning,
    CannotStart,
    NatsServer,
    PostgresServer,
    Servers,
    local_servers,
    processes,
)
from services.local.cluster import binary as postgres_binary
from tests.support.system.local import NOBODY, alive, at_work_in, sign_in


async def test_both_servers_answer_and_nothing_is_left_when_they_stop(tmp_path: Path) -> None:
    async with local_servers(tmp_path) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        assert await connection.fetchval("SELECT current_database() || ' ' || current_user") == (
            "canaliza canaliza_admin"
        )
        for setting in ("fsync", "synchronous_commit", "data_checksums"):
            assert await connection.fetchval("SELECT current_setting($1)", setting) == "on"
        await connection.close()
        client = await sign_in(servers, "admin", Names(), [])
        await client.jetstream().add_stream(name="LOG_intake", subjects=["canaliza.intake.>"])
        await client.close()
        folder = PostgresServer(tmp_path, servers.secrets).socket_folder
        assert folder.exists()
    assert not alive(servers.postgres_pid)
    assert not alive(servers.nats_pid)
    assert at_work_in(tmp_path) == []
    assert not folder.exists()


async def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    async with local_servers(tmp_path) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
        await connection.close()
        client = await sign_in(servers, "admin", Names(), [])
        await client.jetstream().add_stream(name="LOG_intake", subjects=["canaliza.intake.>"])
        await client.jetstream().publish("canaliza.intake.case_opened", b"x")
        await client.close()
    async with local_servers(tmp_path) as again:
        assert again.secrets == servers.secrets
        connection = await asyncpg.connect(again.postgres_dsn)
        assert await connection.fetchval("SELECT id FROM kept") == 7
        await connection.close()
        client = await sign_in(again, "admin", Names(), [])
        assert (await client.jetstream().stream_info("LOG_intake")).state.last_seq == 1
        await client.close()


async def test_one_server_can_be_stopped_and_started_while_the_other_runs(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    server = NatsServer(tmp_path, secrets)
    await server.start()
    url, pid = server.url, server.pid
    assert server.storage.is_dir()
    with pytest.raises(AlreadyRunning, match=str(pid)):
        await NatsServer(tmp_path, secrets).start()
    await server.stop()
    assert not alive(pid)
    await server.start()
    assert server.url == url
    await server.stop()
    await server.stop()
    assert at_work_in(tmp_path) == []


async def test_a_second_start_is_refused_while_the_first_lives(servers: Servers, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        async with local_servers(tmp_path / "data"):
            pass
    assert alive(servers.postgres_pid)
    assert alive(servers.nats_pid)


async def test_when_one_server_fails_to_start_the_other_is_stopped(tmp_path: Path) -> None:
    async with local_servers(tmp_path):
        pass
    (tmp_path / "postgres" / "pg_hba.conf").write_text("nonsense\n")
    with pytest.raises(CannotStart, match="pg_hba"):
        async with local_servers(tmp_path):
            pass
    assert at_work_in(tmp_path) == []


async def test_a_database_made_with_other_secrets_is_said_to_be_so(tmp_path: Path) -> None:
    async with local_servers(tmp_path):
        pass
    shutil.rmtree(default_keys(tmp_path))
    with pytest.raises(CannotStart, match="other secrets"):
        async with local_servers(tmp_path):
            pass
    assert at_work_in(tmp_path) == []


async def test_a_long_data_path_works(tmp_path: Path) -> None:
    async with local_servers(tmp_path / ("ñandú " * 15) / ("x" * 120)) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.close()


async def test_a_socket_folder_that_is_not_private_is_refused(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, Secrets.load_or_create(tmp_path))
    server.socket_folder.mkdir(mode=0o755)
    try:
        with pytest.raises(CannotStart, match="not a private folder of ours"):
            await server.start()
    finally:
        server.socket_folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
async def test_without_user_namespaces_root_learns_what_another_user_cannot_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "user_namespaces_allowed", lambda: False)
    with pytest.raises(CannotStart, match=r"cannot reach .* ordinary user"):
        async with local_servers(tmp_path / "data"):
            pass


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that other users may pass through; the parents of tmp_path are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
async def test_without_user_namespaces_root_runs_postgresql_as_another_user(
    passable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the programs may be reached; where not, root is told which, and nothing is left."""
    monkeypatch.setattr(processes, "user_namespaces_allowed", lambda: False)
    programs = postgres_binary("postgres")
    if not all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        with pytest.raises(CannotStart, match=f"user {NOBODY} cannot reach {re.escape(str(programs))}"):
            async with local_servers(passable / "data"):
                pass
        assert at_work_in(passable) == []
        return
    for _ in range(2):
        async with local_servers(passable / "data") as servers:
            assert owner(servers.postgres_pid) == NOBODY
    assert at_work_in(passable) == []


DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


async def test_what_is_acknowledged_survives_a_power_cut_unless_somebody_gives_that_up(tmp_path: Path) -> None:
    async def settings_of(servers: Servers) -> set[str]:
        connection = await asyncpg.connect(servers.postgres_dsn)
        try:
            return {await connection.fetchval(f"show {name}") for name in DURABILITY}
        finally:
            await connection.close()

    async with local_servers(tmp_path / "product") as servers:
        assert await settings_of(servers) == {"on"}
    async with local_servers(tmp_path / "tests", durable=False) as servers:
        assert await settings_of(servers) == {"off"}
