"""A system whose clock the test moves."""

from collections.abc import AsyncIterator

import pytest

from services.system import Installation
from tests.journeys.conftest import programme_of
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.people import Programme
from tests.support.system.system import running


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def in_time(installation: Installation, clock: AdjustableClock) -> AsyncIterator[Programme]:
    """Everybody in a system whose clock the test moves."""
    async with running(installation, clock) as everything:
        yield await programme_of(everything)
