"""A second PostgreSQL that follows the first, made with the wheel's own programs: copied, promoted, wound back."""

import asyncio
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg

from services.chassis.private_files import private_folder, write_private
from services.chassis.secrets.installation import Secrets
from services.local.cluster import ADMIN, binary
from services.local.postgres import PostgresServer
from services.local.postmaster import DATABASE
from services.local.processes import unprivileged
from services.local.socket_folder import PORT
from tests.support.system.system import HANG, eventually

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "postgres" / "standby.conf"
STREAMING = "select count(*) from pg_stat_replication where state = 'streaming'"
SYNCHRONOUS = "select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum')"


def both(first: PostgresServer, second: PostgresServer) -> str:
    """A DSN of two servers: whoever connects takes the one that takes writes."""
    hosts = f"host={first.socket_folder},{second.socket_folder}&port={PORT},{PORT}&target_session_attrs=read-write"
    return f"{first.dsn.partition('?')[0]}?{hosts}"


def conninfo(server: PostgresServer, secrets: Secrets, name: str) -> str:
    """How a standby signs in to the other server; the password is in a file."""
    passwords = server.data / "pgpass"
    if not passwords.exists():
        write_private(passwords, f"*:*:*:{ADMIN}:{secrets.postgres_admin}\n")
    where = f"host={server.socket_folder} port={PORT} user={ADMIN} dbname={DATABASE}"
    return f"{where} passfile={passwords} application_name={name}"


async def run(*command: str) -> None:
    """Runs a program of PostgreSQL as the user that the servers run as."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = await asyncio.to_thread(
        subprocess.run,
        [*unprivileged().prefix, str(binary(command[0])), *command[1:]],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG,
    )
    assert done.returncode == 0, done.stderr[-2000:]


async def standby_of(primary: PostgresServer, secrets: Secrets, data: Path, name: str = "b") -> PostgresServer:
    """A running standby of the primary, on a data folder of its own; both with the file of ``deploy/``."""
    private_folder(data)
    shutil.copy(CONFIGURATION, primary.folder)
    with (primary.folder / "postgresql.conf").open("a") as file:
        file.write(f"include '{CONFIGURATION.name}'\n")
    await tell(primary, "select pg_reload_conf()")
    standby = PostgresServer(data, secrets)
    where = ["--pgdata", str(standby.folder), "--dbname", conninfo(primary, secrets, name)]
    await run("pg_basebackup", *where, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
    await standby.start()
    await answers(primary, STREAMING)
    return standby


async def wait_for_one(primary: PostgresServer) -> None:
    """From now on a commit is answered when one standby has it on its disk."""
    await tell(primary, "alter system set synchronous_standby_names = 'ANY 1 (*)'", "select pg_reload_conf()")
    await answers(primary, SYNCHRONOUS)


async def wait_for_none(primary: PostgresServer) -> None:
    """From now on a commit is answered when the primary alone has it."""
    await tell(primary, "alter system reset synchronous_standby_names", "select pg_reload_conf()")
    await answers(primary, "select (sync_state = 'async')::int from pg_stat_replication")


async def promote_once_it_answers(standby: PostgresServer) -> None:
    """Makes it the primary; it may be starting again, as a server does after one of its processes was killed."""

    async def promoted() -> bool:
        with suppress(OSError, asyncpg.PostgresError):
            await tell(standby, "select pg_promote()")
            return True
        return False

    await eventually(promoted)


async def promoted(server: PostgresServer) -> None:
    """Until it takes writes."""
    await answers(server, "select (not pg_is_in_recovery())::int")


async def rewound(old: PostgresServer, new: PostgresServer, secrets: Secrets, name: str = "a") -> None:
    """The server that was the primary follows the new one: what it alone had is taken back."""
    where = ["--target-pgdata", str(old.folder), "--source-server", conninfo(new, secrets, name)]
    await run("pg_rewind", *where, "--write-recovery-conf", "--no-sync")
    await old.start()
    await answers(new, STREAMING)


async def tell(server: PostgresServer, *statements: str) -> None:
    """Carries statements out, one by one, as the administrator."""
    connection = await asyncpg.connect(server.dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def answers(server: PostgresServer, query: str) -> int:
    """The number that a query gives, once it is not none."""
    connection = await asyncpg.connect(server.dsn)
    try:
        return int(await eventually(lambda: connection.fetchval(query)))
    finally:
        await connection.close()
