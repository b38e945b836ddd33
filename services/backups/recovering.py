"""A PostgreSQL that comes up from a base backup and its WAL, in a folder of its own, for its owner alone."""

import asyncio
import shutil
import signal
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import asyncpg

from services.backups.checking import Chosen
from services.backups.manifest import Manifest
from services.backups.programs import run_program
from services.backups.reading_back import BASE, WAL
from services.backups.refusals import RefusedError
from services.chassis.private_files import private_folder
from services.local.archiving import restore_command
from services.local.cluster import binary
from services.local.postmaster import SETTINGS
from services.local.processes import CannotStart, Child, Identity, unprivileged
from services.local.socket_folder import PORT, prepare, socket_folder

ACCESS = "pg_hba.conf"
OPEN = "local all all trust\n"
"""While it recovers: its socket is in a folder that only its owner enters, and the passwords are those of then."""
PATIENCE = 24 * 3600.0
"""Seconds that a recovery may take: a day of WAL is read again."""


async def unpack(chosen: Chosen, into: Path) -> None:
    """Unpacks a base backup, and has PostgreSQL read its WAL.

    Its files were compared with PostgreSQL's own list when it was made (``read_back``), and with their sums just now.

    Raises:
        RefusedError: the WAL cannot be read.
    """
    private_folder(into)
    await asyncio.to_thread(_extract, chosen.folder / BASE, into)
    await asyncio.to_thread(_extract, chosen.folder / WAL, into / "pg_wal")
    said = chosen.manifest
    span = ("--timeline", str(said.timeline), "--start", said.begins, "--end", said.ends)
    await run_program("pg_waldump", "--quiet", "--path", str(into / "pg_wal"), *span)


@asynccontextmanager
async def recovered(
    into: Path, manifest: Manifest, archive: Path | None, until: datetime | None, log: Path
) -> AsyncIterator[str]:
    """Runs the server on an unpacked backup; yields its DSN once it has reached the end of the WAL, or the moment.

    ``log``: the file for what the server says. Its access rules are afterwards what they were.

    Raises:
        RefusedError: the WAL does not lead there.
    """
    identity = unprivileged()
    if identity.foreign:
        _give(into, identity)
    sockets = socket_folder(into)
    prepare(sockets, identity, data=into)
    rules = (into / ACCESS).read_text()
    (into / ACCESS).write_text(OPEN)
    if archive is not None:
        (into / "recovery.signal").touch(mode=0o600)
    options = [
        word
        for name, value in (SETTINGS | _target(archive, until) | {"unix_socket_directories": f'"{sockets}"'}).items()
        for word in ("-c", f"{name}={value}")
    ]
    server = Child([str(binary("postgres")), "-D", str(into), *options], log=log, folder=into, identity=identity)
    where = urlencode({"host": str(sockets), "port": PORT})
    dsn = f"postgresql://{manifest.role}@/{manifest.database}?{where}"
    try:
        await _until_recovered(server, dsn)
        yield dsn
    finally:
        await server.stop(signal.SIGINT, patience=60, firmly=signal.SIGQUIT)
        (into / ACCESS).write_text(rules)
        shutil.rmtree(sockets, ignore_errors=True)


async def _until_recovered(server: Child, dsn: str) -> None:
    async def answers() -> bool:
        try:
            connection = await asyncpg.connect(dsn)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True

    try:
        await server.ready(answers, within=PATIENCE)
    except CannotStart:
        fatal = [line for line in server.last_words().splitlines() if "FATAL" in line or "PANIC" in line]
        why = fatal[0].partition("FATAL:")[2].strip() if fatal else "?"
        raise RefusedError(
            f"PostgreSQL no llegó a ese punto: {why}. No se cambió nada.",
            "PostgreSQL did not get there. Nothing was changed.",
        ) from None


def _target(archive: Path | None, until: datetime | None) -> dict[str, str]:
    found = {"archive_mode": "off", "hot_standby": "off"}
    if archive is not None:
        found |= {"restore_command": restore_command(archive), "recovery_target_action": "promote"}
    if until is not None:
        found |= {"recovery_target_time": until.isoformat()}
    return found


def _extract(archive: Path, into: Path) -> None:
    with tarfile.open(archive, "r:gz") as found:
        found.extractall(into, filter="data")


def _give(folder: Path, identity: Identity) -> None:
    """Gives every file to the server's user, where that is another one."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, identity.uid, identity.gid)
