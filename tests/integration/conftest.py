"""What these tests share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from services.chassis.eventlog.log import Log
from services.chassis.names import postgres_role
from services.chassis.operations.migrate import migrate_database
from services.chassis.replication import follower as follower_module
from services.chassis.replication.relay import Relay
from services.chassis.secrets.installation import Secrets
from services.local import Servers, local_servers
from services.system import Installation
from tests.support.system.database_roles import As
from tests.support.system.following import Pair, at_work
from tests.support.system.logs import append, database_of, entry, opened, outlet_of, signed_in

SHELTERS = ("ALB-TAP-01", "ALB-IXT-01")


@pytest.fixture
async def log(database: str, secrets: Secrets) -> AsyncIterator[Log]:
    async with opened(database, secrets) as log:
        yield log


@pytest.fixture
async def pair(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    monkeypatch.setattr(follower_module, "BACK_OFF", 0.05)
    settings, secrets, names = installation.settings, installation.secrets, installation.settings.names
    assert settings.postgres_dsn is not None
    assert settings.nats_url is not None
    dsn, url = settings.postgres_dsn.get_secret_value(), settings.nats_url
    async with (
        opened(dsn, secrets, "intake") as intake,
        opened(dsn, secrets, "referral") as referral,
        signed_in(url, secrets, names, "intake") as theirs,
        signed_in(url, secrets, names, "referral") as client,
        signed_in(url, secrets, names, "admin") as admin,
    ):
        relay = Relay(intake, theirs, "intake", outlet_of(secrets, names))
        own = database_of(dsn, secrets, "referral")
        async with at_work(relay):
            yield Pair(dsn, secrets, names, intake, relay, referral, client, admin, own, theirs)
        await own.close()


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    async with local_servers(tmp_path / "data", namespaces=("canaliza", "other"), shelters=SHELTERS) as running:
        yield running


@pytest.fixture(name="signed_in")
async def signed_in_to_postgresql(database: str, secrets: Secrets) -> As:
    await migrate_database(database, secrets)  # what a database grants is not copied with it

    @asynccontextmanager
    async def as_service(service: str) -> AsyncIterator[asyncpg.Connection]:
        role, password = postgres_role(service), secrets.postgres[service]
        connection = await asyncpg.connect(database, user=role, password=password)
        try:
            yield connection
        finally:
            await connection.close()

    return as_service


@pytest.fixture
async def intake_has_an_event(database: str, secrets: Secrets) -> None:
    async with opened(database, secrets) as log:
        await append(log, entry(), command=uuid4())
