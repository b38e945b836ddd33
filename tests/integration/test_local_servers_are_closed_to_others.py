"""Secrets and PostgreSQL of this machine are their owner's alone."""

import errno
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from services.chassis.own_system import default_keys
from services.local import (
    PostgresServer,
    Servers,
)
from tests.support.system.local import NOBODY


async def test_everything_on_disk_is_the_owners_alone(servers: Servers, tmp_path: Path) -> None:
    socket_folder = PostgresServer(tmp_path / "data", servers.secrets).socket_folder
    for top in (tmp_path / "data", default_keys(tmp_path / "data"), socket_folder):
        for path in (top, *top.rglob("*")):
            with suppress(FileNotFoundError):
                assert not path.lstat().st_mode & 0o077, path
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_of_the_machine_cannot_reach_postgresql(servers: Servers, tmp_path: Path) -> None:
    path = PostgresServer(tmp_path / "data", servers.secrets).socket_folder / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(str(path))
    assert _connecting_as_nobody(path) == errno.EACCES


def _connecting_as_nobody(path: Path) -> int:
    """The error number; in a fork, since another user may not be able to start this interpreter."""
    child = os.fork()
    if child == 0:
        code = 255
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            code = socket.socket(socket.AF_UNIX).connect_ex(str(path))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def test_postgresql_listens_on_no_network(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres_dsn)
    assert await connection.fetchval("SHOW listen_addresses") == ""
    await connection.close()


@pytest.mark.parametrize("password", ["wrong", ""])
async def test_postgresql_refuses_a_wrong_password(servers: Servers, password: str) -> None:
    with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
        await asyncpg.connect(servers.postgres_dsn.replace(servers.secrets.postgres_admin, password))


async def test_what_postgresql_refuses_is_not_logged(servers: Servers, tmp_path: Path) -> None:
    connection = await asyncpg.connect(servers.postgres_dsn)
    await connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
    for _ in range(2):
        with suppress(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO people VALUES ($1)", "CANARY-YESENIA")
    with suppress(asyncpg.PostgresError):
        await connection.execute("SELECT 'CANARY-YESENIA'::uuid")
    await connection.close()
    assert "CANARY" not in (tmp_path / "data" / "postgres.log").read_text()
