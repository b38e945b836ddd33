"""What these tests share."""

from collections.abc import AsyncIterator

import pytest

from services.chassis.replication.relay import Relay
from services.system import Installation
from tests.support.system.logs import opened, outlet_of, signed_in
from tests.support.system.relaying import Sample


@pytest.fixture
async def sample(installation: Installation) -> AsyncIterator[Sample]:
    settings, secrets = installation.settings, installation.secrets
    assert settings.postgres_dsn is not None
    assert settings.nats_url is not None
    async with (
        opened(settings.postgres_dsn.get_secret_value(), secrets) as log,
        signed_in(settings.nats_url, secrets, settings.names, "intake") as client,
    ):
        yield Sample(
            log,
            Relay(log, client, "intake", outlet_of(secrets, settings.names)),
            client,
            settings.names,
        )
