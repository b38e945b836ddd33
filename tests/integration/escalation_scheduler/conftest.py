"""What these tests share."""

from collections.abc import AsyncIterator

import pytest

from services.chassis.secrets.installation import Secrets
from tests.support.system.scheduler_faults import faults_of
from tests.support.system.schedulers import Guard, guarded


@pytest.fixture
async def guard(database: str, secrets: Secrets) -> AsyncIterator[Guard]:
    async with guarded(database, secrets) as found:
        yield found
        assert await faults_of(found) == []
