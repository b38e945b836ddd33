"""A system that sends to receivers on this machine, and a receiver."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest

from events.vocabulary import Role
from services.system import Installation
from tests.support.fakes.gateway import Gateway, open_gateway
from tests.support.people.alerts import Clock
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import running


@pytest.fixture
def receiver() -> Iterator[Gateway]:
    with open_gateway() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.fromisoformat("2026-11-24T12:00:00-06:00"))


@pytest.fixture
async def programme(installation: Installation, clock: Clock) -> AsyncIterator[Programme]:
    here = Installation(
        installation.settings.model_copy(update={"webhook_private": True}),
        installation.secrets,
        installation.first_start,
    )
    async with running(here, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        yield Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
