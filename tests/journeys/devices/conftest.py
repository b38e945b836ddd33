"""What these tests share."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from events.vocabulary import Role
from tests.journeys.conftest import programme_of
from tests.support.builders.device_records import Telephone
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import HANG, System


@pytest.fixture
async def programme(system: System) -> Programme:
    return await programme_of(system)


@pytest.fixture
async def coordinator(system: System) -> httpx2.AsyncClient:
    """Who coordinates the shelter."""
    return await system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)


@pytest.fixture
async def anybody(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    """Without an account."""
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as client:
        yield client


@pytest.fixture
async def telephone(programme: Programme, coordinator: httpx2.AsyncClient) -> Telephone:
    return await Telephone.enrolled(coordinator, programme.shelter)
