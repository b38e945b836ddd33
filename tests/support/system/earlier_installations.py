"""Installations of earlier versions, as those left them (tests/samples/installations), on a PostgreSQL 16 of then."""

import asyncio
import io
import json
import lzma
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from services.chassis.names import SERVICES, postgres_role
from services.chassis.operations.migrate import OWNER
from services.chassis.private_files import private_folder
from services.local.cluster import binary, initialise
from services.local.postmaster import Postmaster
from services.local.processes import unprivileged
from services.local.socket_folder import prepare, socket_folder

SAMPLES = Path(__file__).parents[2] / "samples" / "installations"
OF_THEN = 16
"""The PostgreSQL that those versions started."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The folder of an installation that an earlier version has stopped."""

    data: Path

    @property
    def cluster(self) -> Path:
        return self.data / "postgres"

    @property
    def _password(self) -> str:
        files = (self.data.with_name(f"{self.data.name}-keys") / "installation.json", self.data / "secrets.json")
        return str(json.loads(next(path for path in files if path.exists()).read_text())["postgres_admin"])

    async def server(self) -> Postmaster:
        """The PostgreSQL of then, started."""
        identity = unprivileged()
        sockets = socket_folder(self.data.resolve())
        log = self.data / "postgres.log"
        if not self.cluster.exists():
            aside = self.data / "postgres.new"
            await initialise(self.cluster, aside, self._password, log=log, identity=identity, version=OF_THEN)
        prepare(sockets, identity, data=self.cluster)
        server = Postmaster(self.cluster.resolve(), sockets, self._password, log=log, version=OF_THEN, durable=False)
        await server.start(identity)
        return server


async def left_by(name: str, folder: Path) -> Earlier:
    """What the version of that name left, with its data in ``folder/data``."""
    _unpack(name, folder)
    earlier = Earlier(folder / "data")
    server = await earlier.server()
    try:
        await _restore(server.dsn, folder / "database.sql")
    finally:
        await server.stop()
        (folder / "database.sql").unlink()
    return earlier


def _unpack(name: str, folder: Path) -> None:
    private_folder(folder)
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress((SAMPLES / f"{name}.tar.xz").read_bytes()))) as archive:
        archive.extractall(folder, filter="data")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


async def _restore(dsn: str, dump: Path) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"create role {OWNER} nologin")
        for service in SERVICES:
            await connection.execute(f"create role {postgres_role(service)} login password 'of then'")
    finally:
        await connection.close()
    command: list[Any] = [binary("psql", OF_THEN), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "-f", dump, dsn]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
