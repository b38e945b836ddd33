"""A desk that is told by mail, whose officers have browsers."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from services.system import Installation
from tests.journeys.conftest import programme_of
from tests.support.fakes.mailbox import Mailbox, mailed, open_mailbox
from tests.support.people.alerts import Clock
from tests.support.people.people import Programme
from tests.support.system.system import System, running

CONTACTS = "people: {p-013: {ways: [{email: guardia.acnur@canaliza.invalid}]}}"
"""p-013 is on call at ACNUR's desk in Chiapas."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.fromisoformat("2026-11-24T12:00:00-06:00"))


@pytest.fixture
async def mailing_system(
    installation: Installation, mailbox: Mailbox, clock: Clock, tmp_path: Path
) -> AsyncIterator[System]:
    """A system whose alerts leave by mail, at noon of a working day."""
    contacts = tmp_path / "contacts.yaml"
    contacts.write_text(CONTACTS, encoding="utf-8")
    here = mailed(installation, mailbox)
    own = {"contacts": contacts, "public_url": "https://canaliza.invalid"}
    with_mail = Installation(here.settings.model_copy(update=own), here.secrets, here.first_start)
    async with running(with_mail, clock) as everything:
        yield everything


@pytest.fixture
async def programme(system: System) -> Programme:
    return await programme_of(system)
