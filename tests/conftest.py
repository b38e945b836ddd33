"""One embedded PostgreSQL and one NATS for the whole run; a database and a namespace of its own for each test.

The controlling process starts both servers and migrates a template; workers clone the template, which
takes a fraction of migrating it, and use one of the namespaces that the NATS users were made for.
"""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import nats
import pytest
from nats.aio.client import Client
from pydantic import SecretStr

from services.chassis import logging
from services.chassis.migrate import migrate_database
from services.chassis.secrets import Secrets
from services.chassis.settings import Settings
from services.local import Servers, local_servers
from services.system import Ground, prepare
from tests.harness.system import System, running

NAMESPACES_PER_WORKER = 40
WORKERS = 4

_SERVERS: dict[str, Any] = {}


class _Background:
    """Both servers, held by a loop in a thread for as long as the run lasts."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="cz-tests-"))
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self.servers: Servers | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._hold())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._failure = error
            self._ready.set()
        finally:
            self._loop.close()

    async def _hold(self) -> None:
        namespaces = ["canaliza", *(f"t{n}" for n in range(NAMESPACES_PER_WORKER * WORKERS))]
        async with local_servers(self.data, namespaces=namespaces) as servers:
            await migrate_database(servers.postgres_dsn, servers.secrets)
            self.servers = servers
            self._ready.set()
            await self._stop.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        shutil.rmtree(self.data, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    logging.configure("WARNING")  # before anything is logged: the default renderer prints local variables
    if hasattr(config, "workerinput"):
        _SERVERS.update(config.workerinput["servers"])
        return
    if config.option.collectonly:
        return
    background = _Background()
    config.add_cleanup(background.close)
    assert background.servers is not None
    _SERVERS.update(
        dsn=background.servers.postgres_dsn, nats_url=background.servers.nats_url, data=str(background.data)
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["servers"] = dict(_SERVERS)


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    return Secrets.load(Path(_SERVERS["data"]))


@pytest.fixture(scope="session")
def _namespaces(worker_id: str) -> Iterator[str]:
    first = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) * NAMESPACES_PER_WORKER

    def endless() -> Iterator[str]:
        while True:
            yield from (f"t{n}" for n in range(first, first + NAMESPACES_PER_WORKER))

    return endless()


@pytest.fixture
async def database() -> AsyncIterator[str]:
    """The administrator's DSN of a fresh, migrated database."""
    async with _fresh_database() as dsn:
        yield dsn


@asynccontextmanager
async def _fresh_database() -> AsyncIterator[str]:
    name = f"t_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(_SERVERS["dsn"], database="postgres")
    try:
        await admin.execute(f"create database {name} template canaliza strategy file_copy")
        yield _SERVERS["dsn"].replace("/canaliza?", f"/{name}?")
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@pytest.fixture
async def ground(database: str, secrets: Secrets, _namespaces: Iterator[str]) -> AsyncIterator[Ground]:
    """Servers that are up and migrated, with nothing in them yet."""
    async with _fresh_ground(database, secrets, next(_namespaces)) as found:
        yield found


@pytest.fixture
async def another_ground(secrets: Secrets, _namespaces: Iterator[str]) -> AsyncIterator[Ground]:
    """A second installation on the same servers, with nothing in it yet."""
    async with _fresh_database() as dsn, _fresh_ground(dsn, secrets, next(_namespaces)) as found:
        yield found


@asynccontextmanager
async def _fresh_ground(dsn: str, secrets: Secrets, namespace: str) -> AsyncIterator[Ground]:
    settings = Settings(
        data=Path(_SERVERS["data"]),
        postgres_dsn=SecretStr(dsn),
        nats_url=_SERVERS["nats_url"],
        namespace=namespace,
        port=0,
    )
    try:
        yield await prepare(settings, secrets)
    finally:
        async with administrator(settings, secrets) as client:
            for stream in await client.jetstream().streams_info():
                if stream.config.name is not None and stream.config.name.startswith(f"{settings.namespace}_"):
                    await client.jetstream().delete_stream(stream.config.name)


@asynccontextmanager
async def administrator(settings: Settings, secrets: Secrets) -> AsyncIterator[Client]:
    assert settings.nats_url is not None
    client = await nats.connect(settings.nats_url, user="admin", password=secrets.nats["admin"])
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
async def system(ground: Ground) -> AsyncIterator[System]:
    """Every service in this process, behind one address."""
    async with running(ground) as everything:
        yield everything
