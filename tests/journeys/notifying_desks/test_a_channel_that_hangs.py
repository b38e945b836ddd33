"""A mail server that never answers costs the mails, and nothing else: people sign in, and others are reached."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from events.notifications import AlertNotDelivered
from events.operations import ChannelFailing
from events.vocabulary import Role
from services.notifications.channels import conversation, smtp
from services.system import Installation
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.hanging_servers import Hanging, hanging_server
from tests.support.people.accounts import account, browser, enters, enters_first
from tests.support.people.alerts import Clock, a_child_alone, facts
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to
from tests.support.system.system import System, eventually, running

MAILS = [f"guardia{n}@canaliza.invalid" for n in range(8)]
UNICEF = "+525500000099"


@pytest.fixture(params=[b"", b"2"], ids=["says nothing", "stutters"])
def mail_server(request: pytest.FixtureRequest) -> Iterator[Hanging]:
    with hanging_server(request.param) as found:
        yield found


@pytest.fixture
def hanging(here: Installation, mail_server: Hanging, tmp_path: Path) -> Installation:
    """Eight people of ACNUR have mail alone, UNICEF's desk a telephone alone."""
    contacts = tmp_path / "contacts.yaml"
    written = contacts.read_text(encoding="utf-8")
    for before, after in (
        ("guardia.acnur@canaliza.invalid", ", ".join(MAILS)),
        ("UNICEF: {email: [guardia.unicef@canaliza.invalid]}", f"UNICEF: {{sms: ['{UNICEF}']}}"),
    ):
        assert before in written
        written = written.replace(before, after)
    contacts.write_text(written, encoding="utf-8")
    url = f"mailto://127.0.0.1:{mail_server.port}?from=avisos@canaliza.invalid&mode=insecure"
    settings = here.settings.model_validate({**here.settings.model_dump(), "mail_url": url})
    return Installation(settings, here.secrets, here.first_start)


@pytest.fixture
async def programme(hanging: Installation, clock: Clock) -> AsyncIterator[Programme]:
    async with running(hanging, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        yield Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


async def _flagged(programme: Programme) -> str:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    found: str = (await programme.referral_to("ACNUR", case, state="requested"))["referral_id"]
    return found


async def test_people_sign_in_and_an_urgent_sms_is_sent_while_every_mail_hangs(
    programme: Programme, mail_server: Hanging, gateway: Gateway, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "SECONDS", 3600.0)  # so that no mail ends by its own time limits
    monkeypatch.setattr(smtp, "READ_SECONDS", 3600.0)
    system: System = programme.system
    await _flagged(programme)

    async def hang() -> bool:
        return mail_server.open() >= conversation.AT_ONCE

    await eventually(hang)
    code = await account(system.installation, "p-701", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        assert (await enters_first(client, "p-701", code)).status_code == 201
        assert (await enters(client, "p-701")).status_code == 201

    case = await programme.flag(a_child_alone() | {"shelter": SHELTER})
    await programme.referral_to("UNICEF", case, state="requested")

    async def told_by_sms() -> bool:
        return bool(gateway.to(UNICEF.removeprefix("+")))

    await eventually(told_by_sms)
    assert mail_server.open() >= conversation.AT_ONCE


async def test_it_is_recorded_and_said_that_no_mail_leaves(
    programme: Programme, mail_server: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "SECONDS", 0.3)
    referral = await _flagged(programme)

    async def failing() -> bool:
        tried = {one.event.failure for one in await facts(programme.system, AlertNotDelivered)}
        said = [one.event.channel for one in await facts(programme.system, ChannelFailing)]
        return bool(tried) and tried <= {"timeout", "SMTPServerDisconnected"} and "email" in said

    await eventually(failing)
    assert referral

    async def closed() -> bool:
        return mail_server.open() <= conversation.AT_ONCE

    await eventually(closed)
