"""A shelter whose workers register on a telephone."""

import pytest

from tests.journeys.conftest import programme_of
from tests.support.fakes.reception import Reception
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import System


@pytest.fixture
async def programme(system: System) -> Programme:
    return await programme_of(system)


@pytest.fixture
def reception() -> Reception:
    return Reception(SHELTER)
