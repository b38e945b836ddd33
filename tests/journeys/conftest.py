"""What these tests share."""

import pytest

from events.vocabulary import Role
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import System


@pytest.fixture
async def programme(system: System) -> Programme:
    return await programme_of(system)


@pytest.fixture
async def own_programme(own_system: System) -> Programme:
    """For a test that counts everything."""
    return await programme_of(own_system)


async def programme_of(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
