"""A system whose clock a test moves ahead."""

from collections.abc import AsyncIterator

import pytest

from services.system import Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.system.system import System, running


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    async with running(installation, clock) as everything:
        yield everything
