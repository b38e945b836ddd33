"""What these tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.chassis import follower as followers
from services.chassis.log import Log
from services.chassis.relay import Relay
from services.chassis.secrets import Secrets
from services.local import (
    Servers,
    local_servers,
)
from services.system import Ground
from tests.harness.following import Pair, at_work
from tests.harness.logs import database_of, opened, signed_in


@pytest.fixture
async def log(database: str, secrets: Secrets) -> AsyncIterator[Log]:
    async with opened(database, secrets) as log:
        yield log


@pytest.fixture
async def pair(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    monkeypatch.setattr(followers, "BACK_OFF", 0.05)
    settings, secrets, names = ground.settings, ground.secrets, ground.settings.names
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
        relay = Relay(intake, theirs, names, "intake")
        own = database_of(dsn, secrets, "referral")
        async with at_work(relay):
            yield Pair(dsn, secrets, names, intake, relay, referral, client, admin, own)
        await own.close()


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    async with local_servers(tmp_path / "data", namespaces=("canaliza", "other")) as running:
        yield running
