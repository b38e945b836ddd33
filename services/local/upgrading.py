"""Brings a cluster of an earlier PostgreSQL to this program's version, and keeps the old one until the copy is proven.

The old cluster is copied, not linked: until the copy has been started and holds the same rows, the old one is as it
was, so that a start that was interrupted anywhere begins again. Only then do the two folders change their names.
"""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import structlog

from services.local import leftovers
from services.local.census import census
from services.local.cluster import ADMIN, INSTALLATIONS, binary, initialise_here, version_of
from services.local.postmaster import Postmaster
from services.local.processes import CannotStart, Child, Identity
from services.local.socket_folder import PORT

logger = structlog.get_logger(__name__)

SPARE = 200_000_000
"""Bytes that an empty cluster and its first write-ahead log take, besides what is copied."""


class Upgrade:
    """The upgrade of one data folder's cluster."""

    def __init__(
        self, data: Path, server: Callable[[Path, int], Postmaster], version: int, password: str, *, log: Path
    ) -> None:
        """``server`` makes the server of a folder and a version; ``version`` is the one wanted."""
        self._data, self._log = data, log
        self._folder = data / "postgres"
        self._next, self._before = data / "postgres.next", data / "postgres.before"
        self._desk = data / "postgres.upgrade"
        self._server, self._version, self._password = server, version, password

    async def clear_leftovers(self) -> None:
        """Ends what an upgrade has begun whose parent was killed: the program itself, and either of its servers."""
        await leftovers.end_everything(self._desk)
        for folder in (self._next, self._folder):
            for program in ("initdb", "postgres"):
                await leftovers.clear(
                    folder / "postmaster.pid", program, folder, politely=signal.SIGINT, firmly=signal.SIGQUIT
                )

    def go_on(self) -> None:
        """Finishes a change of names that was interrupted, and removes what an upgrade left behind."""
        if self._before.exists() and not self._folder.exists():
            self._next.rename(self._folder)
            _settle(self._data)
        for remains in (self._before, self._next, self._desk):
            if remains.exists():
                shutil.rmtree(remains)

    async def run(self, identity: Identity) -> None:
        """Copies the cluster, upgrades the copy, compares both and puts the copy in its place.

        Raises:
            CannotStart: the cluster is newer than the program, or of no version that it knows; the disk has too
                little room; or the copy is not what the cluster was. The cluster is unchanged.
        """
        found = version_of(self._folder)
        self._check_version(found)
        self._check_room(found)
        logger.warning("postgres_upgrade_began", count=found)
        try:
            held = await self._census(self._folder, found, identity)
            await initialise_here(self._next, self._password, log=self._log, identity=identity, version=self._version)
            await self._pg_upgrade(found, identity)
            if await self._census(self._next, self._version, identity, analyse=True) != held:
                raise CannotStart(
                    f"the copy of {self._folder} for PostgreSQL {self._version} does not hold what it holds;"
                    " it was thrown away, and nothing was changed"
                )
        finally:
            await self.clear_leftovers()
            shutil.rmtree(self._desk, ignore_errors=True)
        self._folder.rename(self._before)
        self.go_on()
        logger.warning("postgres_upgrade_done", count=self._version)

    def _check_version(self, found: int) -> None:
        if found > self._version:
            raise CannotStart(
                f"{self._folder} was made by PostgreSQL {found}, and this program starts {self._version}: the data are"
                " a newer program's. Start that one, or restore a backup from before"
            )
        if found not in INSTALLATIONS:
            oldest = min(INSTALLATIONS)
            raise CannotStart(f"{self._folder} was made by PostgreSQL {found}; upgraded are those from {oldest} on")

    def _check_room(self, found: int) -> None:
        needed = SPARE + sum(
            path.lstat().st_size for path in self._folder.rglob("*") if "pg_wal" not in path.parts and path.is_file()
        )
        free = shutil.disk_usage(self._data).free
        if free < needed:
            raise CannotStart(
                f"PostgreSQL {found} is upgraded to {self._version} in a copy, which takes {needed // 1_000_000 + 1} MB"
                f" on the disk of {self._data}; {free // 1_000_000} MB are free. Nothing was changed"
            )

    async def _census(self, folder: Path, version: int, identity: Identity, *, analyse: bool = False) -> dict[str, str]:
        """Starts a cluster, which recovers it if it was not shut down in order, counts what it holds and stops it."""
        server = self._server(folder, version)
        try:
            await server.start(identity)
            return await census(server.dsn, analyse=analyse)
        finally:
            await server.stop()

    async def _pg_upgrade(self, found: int, identity: Identity) -> None:
        self._desk.mkdir(mode=0o700)
        passwords = self._desk / "passwords"
        with os.fdopen(os.open(passwords, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            password = self._password.replace("\\", "\\\\").replace(":", "\\:")
            file.write(f"*:*:*:{ADMIN}:{password}\n")
        if identity.foreign:
            for path in (self._desk, passwords):
                os.chown(path, identity.uid, identity.gid)
        old, new = binary("postgres", found).parent, binary("postgres", self._version).parent
        command = [
            *("env", f"PGPASSFILE={passwords}", str(new / "pg_upgrade"), "-U", ADMIN),
            *("-b", str(old), "-B", str(new), "-d", str(self._folder), "-D", str(self._next)),
            *("-p", str(PORT), "-P", str(PORT), "--socketdir", str(self._server(self._next, found).socket_folder)),
        ]
        child = Child(command, log=self._log, folder=self._desk, identity=identity)
        try:
            if await child.ended() != 0:
                raise CannotStart(f"pg_upgrade failed, and nothing was changed:\n{child.last_words()}")
        finally:
            await child.stop(signal.SIGTERM, patience=5, firmly=signal.SIGKILL)


def _settle(folder: Path) -> None:
    """Makes names in a folder survive a failure of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
