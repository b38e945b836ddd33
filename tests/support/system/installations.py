"""Installations for tests: a clone of the migrated database and a namespace, on the servers of the run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import nats
from nats.aio.client import Client
from pydantic import SecretStr

from services.chassis.operations.migrate import grant_database
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.ledger import new_ledger
from services.chassis.settings import Settings
from services.system import Installation, admit_operator, make_streams
from tests.support.system.servers import RunServers
from tests.support.system.system import System, running


@asynccontextmanager
async def fresh_database(servers: RunServers) -> AsyncIterator[str]:
    """The administrator's DSN of a clone of the migrated template: cloning takes a fraction of migrating."""
    name = f"t_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(servers.dsn, database="postgres")
    try:
        await admin.execute(f"create database {name} template canaliza strategy file_copy")
        await grant_database(admin, name)
        yield servers.dsn.replace("/canaliza?", f"/{name}?")
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@asynccontextmanager
async def fresh_installation(
    servers: RunServers, dsn: str, secrets: Secrets, namespace: str
) -> AsyncIterator[Installation]:
    """What ``prepare`` makes, without migrating: the clone is migrated. Its streams are deleted in the end."""
    settings = Settings(
        data=servers.data, postgres_dsn=SecretStr(dsn), nats_url=servers.nats_url, namespace=namespace, port=0
    )
    secrets = with_own_ledger(secrets)
    try:
        await make_streams(settings, secrets)
        await admit_operator(settings, secrets)
        yield Installation(settings, secrets, first_start=False)
    finally:
        async with administrator(settings, secrets) as client:
            for stream in await client.jetstream().streams_info():
                if stream.config.name is not None and stream.config.name.startswith(f"{namespace}_"):
                    await client.jetstream().delete_stream(stream.config.name)


def with_own_ledger(secrets: Secrets) -> Secrets:
    """The same secrets with the key of a ledger that is this database's alone: one key never signs two histories."""
    audit = secrets.of("audit").model_copy(update=new_ledger())
    return secrets.model_copy(update={"services": {**secrets.services, "audit": audit}})


@asynccontextmanager
async def started(servers: RunServers, secrets: Secrets, namespace: str) -> AsyncIterator[System]:
    """A whole system on a database of its own."""
    async with (
        fresh_database(servers) as dsn,
        fresh_installation(servers, dsn, secrets, namespace) as installation,
        running(installation) as system,
    ):
        yield system


@asynccontextmanager
async def administrator(settings: Settings, secrets: Secrets) -> AsyncIterator[Client]:
    """NATS, with every right."""
    assert settings.nats_url is not None
    client = await nats.connect(settings.nats_url, user="admin", password=secrets.nats["admin"])
    try:
        yield client
    finally:
        await client.close()
