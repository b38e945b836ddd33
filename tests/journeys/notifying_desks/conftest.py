"""A programme whose staff is reached by several channels, with a clock stopped at noon in Mexico City."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from events.vocabulary import Role
from services.system import Installation
from tests.support.fakes.gateway import Gateway, open_gateway
from tests.support.fakes.mailbox import Mailbox, mailed, open_mailbox
from tests.support.people.alerts import Clock
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import System, running

CONTACTS = """
UNICEF: {email: [guardia.unicef@canaliza.invalid]}
ACNUR: {email: [guardia.acnur@canaliza.invalid]}
OIM: {email: [guardia.oim@canaliza.invalid]}
people:
  p-013: {ways: [{email: p013@canaliza.invalid}, {sms: "+525500000013"}], quiet: "22:00-07:00"}
  p-014: {ways: [{sms: "+525500000014"}]}
  p-015: {ways: [{sms: "+525500000015"}]}
  p-011: {ways: [{signal: "+525500000011"}], language: en}
"""
"""p-013 and p-014 are on call at ACNUR-CHP, p-015 in another state; p-011 supervises them."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.fromisoformat("2026-11-24T12:00:00-06:00"))


@pytest.fixture
def here(installation: Installation, mailbox: Mailbox, gateway: Gateway, tmp_path: Path) -> Installation:
    """The same installation, with contacts and channels of its own."""
    contacts, channels = tmp_path / "contacts.yaml", tmp_path / "channels.yaml"
    contacts.write_text(CONTACTS, encoding="utf-8")
    channels.write_text(
        f"sms: 'json://127.0.0.1:{gateway.port}/sms/{{to}}?+Idempotency-Key={{id}}'\n"
        f"signal: 'signal://127.0.0.1:{gateway.port}/+525511111111/{{to}}'\n",
        encoding="utf-8",
    )
    here = mailed(installation, mailbox)
    own = {"contacts": contacts, "channels": channels, "public_url": "https://canaliza.invalid"}
    return Installation(here.settings.model_copy(update=own), here.secrets, here.first_start)


@pytest.fixture
async def system(here: Installation, clock: Clock) -> AsyncIterator[System]:
    async with running(here, clock) as everything:
        yield everything


@pytest.fixture
async def programme(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
