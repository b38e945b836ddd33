"""What these tests share."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from events.vocabulary import Role
from services.system import Installation
from tests.support.fakes.mailbox import Mailbox, mailed, open_mailbox
from tests.support.people.alerts import SHELTER, Clock
from tests.support.system.system import System, running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def system(installation: Installation, mailbox: Mailbox, clock: Clock) -> AsyncIterator[System]:
    async with running(mailed(installation, mailbox), clock) as everything:
        yield everything


@pytest.fixture
async def shelter(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.SHELTER_WORKER, SHELTER)


@pytest.fixture
async def officer(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.OFFICER, "UNICEF")
