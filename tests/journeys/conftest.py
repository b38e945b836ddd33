"""What these tests share."""

import pytest

from events.vocabulary import Role
from tests.harness.people import SHELTER, Programme
from tests.harness.system import System


@pytest.fixture
async def programme(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
