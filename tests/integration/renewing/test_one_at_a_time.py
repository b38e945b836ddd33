"""Renewals and migrations give roles their passwords one after the other, each those of today."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from services.chassis.names import SERVICES, postgres_role
from services.chassis.operations.migrate import LOCK, migrate_database
from services.chassis.private_files import private_folder
from services.chassis.secrets.folder import keys_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.local import PostgresServer
from services.rotation import postgres
from services.rotation.commands import renew
from services.rotation.files import SecretFiles
from services.rotation.renewal import Place, carry_out
from services.system import prepare_database, secrets_by_now
from tests.support.system.system import eventually

WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    data: Path = tmp_path_factory.mktemp("renewing") / "data"
    private_folder(data)
    secrets = Secrets.load_or_create(data)
    server = PostgresServer(data, secrets)
    await server.start()
    try:
        await migrate_database(server.dsn, secrets)
        settings = Settings(data=data, postgres_dsn=SecretStr(server.dsn))
        yield Place(
            settings, server.dsn, SecretFiles(settings, keys_folder(data, None)), own_postgres=False, own_nats=False
        )
    finally:
        await server.stop()


@pytest.fixture
async def busy(place: Place) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's migration or renewal is at work."""
    connection = await asyncpg.connect(place.dsn)
    await connection.execute("select pg_advisory_lock($1)", LOCK)
    yield connection
    await connection.close()


async def until_it_waits(busy: asyncpg.Connection, work: asyncio.Task[object]) -> None:
    async def waits() -> bool:
        return work.done() or await busy.fetchval(WAITING) > 0

    await eventually(waits)
    assert not work.done()


async def test_a_migration_that_waited_for_a_renewal_leaves_the_roles_the_passwords_of_today(
    place: Place, busy: asyncpg.Connection
) -> None:
    migrating = asyncio.create_task(
        prepare_database(place.settings, place.files.secrets(), partial(secrets_by_now, place.settings))
    )
    await until_it_waits(busy, migrating)
    await carry_out(postgres.services_steps(place))
    await busy.close()
    await migrating
    for service in SERVICES:
        password = place.files.of(service).postgres
        await (await asyncpg.connect(place.dsn, user=postgres_role(service), password=password)).close()


async def test_a_renewal_waits_until_whoever_is_at_work_has_ended(place: Place, busy: asyncpg.Connection) -> None:
    before = place.files.of("intake").postgres
    renewing = asyncio.create_task(renew("postgres", place))
    await until_it_waits(busy, renewing)
    assert place.files.of("intake").postgres == before
    await busy.close()
    await renewing
    assert place.files.of("intake").postgres != before
