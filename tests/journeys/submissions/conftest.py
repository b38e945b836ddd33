"""A submission, a shelter's token, and both ways to send it."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from events.vocabulary import Role
from tests.support.system.submitting import SHELTER, Document, Send, over_http, over_nats
from tests.support.system.system import System, sample_day


@pytest.fixture
def child() -> Document:
    """Number 5 of the sample day, flagged at Ixtepec, under an id of this test's own."""
    return sample_day()[5] | {"submission_id": str(uuid4())}


@pytest.fixture
async def token(system: System) -> str:
    client = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return client.headers["Authorization"]


@pytest.fixture(params=["http", "nats"])
async def send(request: pytest.FixtureRequest, system: System) -> AsyncIterator[Send]:
    """Both ways in give the same answers."""
    way_in = over_http if request.param == "http" else over_nats
    async with way_in(system) as send:
        yield send
