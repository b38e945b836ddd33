"""The shelters that these tests tell of."""

import httpx2
import pytest

from events.vocabulary import Role
from tests.support.builders.slips import NEXT_SHELTER
from tests.support.people.people import Programme


@pytest.fixture
async def next_one(programme: Programme) -> httpx2.AsyncClient:
    """A worker of the shelter that the person comes to next."""
    return await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")
