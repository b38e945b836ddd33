"""The servers of all contenders: one PostgreSQL, one NATS, a fresh database and namespace for each contender."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import nats
from nats.aio.client import Client
from pydantic import SecretStr

from benchmarks.guard import guarded
from benchmarks.processes import ROOT
from services.chassis.secrets.folder import keys_folder
from services.chassis.secrets.ledger import sealed_folder
from services.chassis.settings import Settings
from services.local import Servers, local_servers
from services.system import prepare

NAMESPACES = 24


@dataclass(frozen=True, slots=True)
class Place:
    """One contender's own database and namespace."""

    dsn: str
    namespace: str


@dataclass
class Ground:
    """Both servers, running."""

    servers: Servers
    folder: Path
    _free: list[str] = field(default_factory=lambda: [f"b{number}" for number in range(NAMESPACES)])

    def settings(self, place: Place) -> Settings:
        """The settings of a real service there."""
        return Settings(
            data=self.folder / "data",
            postgres_dsn=SecretStr(place.dsn),
            nats_url=self.servers.nats_url,
            namespace=place.namespace,
            port=0,
            log_level="WARNING",
        )

    @asynccontextmanager
    async def place(self, *, migrated: bool = True) -> AsyncIterator[Place]:
        """A new place, with canaliza's schemas and streams or empty; removed afterwards."""
        name, namespace = f"bench_{uuid4().hex[:10]}", self._free.pop(0)
        await self._administer(f"create database {name}")
        place = Place(self.servers.postgres_dsn.replace("/canaliza?", f"/{name}?"), namespace)
        try:
            if migrated:
                # A ledger belongs to one database; the next place has another one's events at the same positions.
                shutil.rmtree(sealed_folder(keys_folder(self.folder / "data", None)), ignore_errors=True)
                await prepare(self.settings(place), self.servers.secrets)
            yield place
        finally:
            await self._administer(f"drop database {name} with (force)")
            async with self.jetstream_administrator() as client:
                for stream in await client.jetstream().streams_info():
                    if stream.config.name is not None and stream.config.name.startswith(f"{namespace}_"):
                        await client.jetstream().delete_stream(stream.config.name)
            self._free.append(namespace)

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.servers.postgres_dsn, database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def jetstream_administrator(self) -> AsyncIterator[Client]:
        """A NATS client with all permissions."""
        client = await nats.connect(self.servers.nats_url, user="admin", password=self.servers.secrets.nats["admin"])
        try:
            yield client
        finally:
            await client.close()


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Servers in a temporary folder beside this installation's data, on the same disk."""
    beside = ROOT / "var"
    beside.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=beside))
    namespaces = ["canaliza", *(f"b{number}" for number in range(NAMESPACES))]
    try:
        async with local_servers(folder / "data", namespaces=namespaces) as servers:
            with guarded([servers.postgres_pid, servers.nats_pid], folder):
                yield Ground(servers, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
