"""A mail that could not be sent is sent again as the same message; nothing is mailed without need."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from events.contract import Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import Role, Urgency
from services.notifications.delivery.domain import next_attempt
from services.system import Installation
from tests.support.fakes.mailbox import Mailbox, mailed
from tests.support.people.alerts import (
    SHELTER,
    UNICEF,
    Clock,
    a_child_alone,
    facts,
    flag,
    only_alert,
    says_what_the_alert_says,
    some,
    stored_before_it_was_looked_at,
    two_rounds_pass,
)
from tests.support.system.system import System, eventually, running


async def tried_at_the_desk(system: System, alert: str) -> list[Recorded[AlertNotDelivered]]:
    """Attempts to reach the desk itself, without those to the next duty."""
    return [one for one in await facts(system, AlertNotDelivered, alert) if one.event.contact == "UNICEF/email/1"]


async def test_while_the_mail_server_is_away_every_attempt_is_recorded_and_the_alert_arrives_afterwards(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.stop()
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    urgency = Urgency(alert["urgency"])
    await some(system, AlertNotDelivered, alert["alert_id"])

    async def tried_again_and_again() -> list[Recorded[AlertNotDelivered]]:
        clock.now += timedelta(seconds=0.4)
        tried = await tried_at_the_desk(system, alert["alert_id"])
        raised = await facts(system, AlertRaised, alert["alert_id"])
        return tried if len(tried) >= 4 and len(raised) >= 4 else []

    tried = await eventually(tried_again_and_again)
    assert [one.event.attempt for one in tried] == [1, 2, 3, 4]
    for one in tried:
        assert one.event.failure == "ConnectionRefusedError"
        assert one.event.retry_at == one.recorded_at + next_attempt(urgency, one.event.attempt)
    for one, again in pairwise(tried):
        assert one.event.retry_at is not None
        assert again.recorded_at >= one.event.retry_at

    mailbox.start()
    await two_rounds_pass(system, shelter)
    assert not mailbox.to(UNICEF), "its next attempt is not due yet"
    assert tried[3].event.retry_at is not None
    clock.now = tried[3].event.retry_at

    async def delivered_to_the_desk() -> list[Recorded[AlertDelivered]]:
        delivered = await facts(system, AlertDelivered, alert["alert_id"])
        return [one for one in delivered if one.event.contact == "UNICEF/email/1"]

    (delivered,) = await eventually(delivered_to_the_desk)
    assert delivered.event.attempt == 5
    (mail,) = mailbox.to(UNICEF)
    says_what_the_alert_says(mail, alert)
    raised = [one.event for one in await facts(system, AlertRaised, alert["alert_id"])]
    assert [one.unreached for one in raised] == [False, True, True, True], "whoever is next was told, each once"
    assert [one.duties for one in raised[1:]] == [("on_call",), ("supervisor",), ("coordinator",)]


async def test_a_refused_alert_is_tried_again_and_looks_like_the_same_message(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.refusing = 451
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    (refused,) = await some(system, AlertNotDelivered, alert["alert_id"])
    assert refused.event.failure == "refused"
    assert not mailbox.mails
    mailbox.refusing, mailbox.answer = None, "451 try again later"
    for attempts in (2, 3):
        clock.now += timedelta(minutes=1)

        async def tried(attempts: int = attempts) -> bool:
            return len(await tried_at_the_desk(system, alert["alert_id"])) >= attempts

        await eventually(tried)
    mailbox.answer = "250 OK"
    clock.now += timedelta(minutes=1)

    async def three_came() -> bool:
        return len(mailbox.to(UNICEF)) == 3

    await eventually(three_came)
    mails = mailbox.to(UNICEF)
    assert len({mail.message_id for mail in mails}) == 1
    for mail in mails:
        says_what_the_alert_says(mail, alert)


async def test_nothing_is_mailed_any_more_once_somebody_has_acknowledged(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.stop()
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    await some(system, AlertNotDelivered, alert["alert_id"])
    (referral,) = (await officer.get("/api/v1/referrals")).json()["items"]
    order = {"command_id": str(uuid4()), "expected_version": referral["version"]}
    path = f"/api/v1/referrals/{referral['referral_id']}/acknowledge"
    assert (await officer.post(path, json=order)).status_code == 200
    await some(system, AlertAnswered, alert["alert_id"])
    mailbox.start()
    clock.now += timedelta(minutes=5)  # long enough for another attempt; the decision still has time
    await two_rounds_pass(system, shelter)
    assert not mailbox.to(UNICEF)
    assert len(await facts(system, AlertNotDelivered, alert["alert_id"])) == 1


@pytest.mark.parametrize("address", ["guardia unicef en casa", "x'guardia@canaliza.invalid"])
async def test_an_invalid_address_is_a_failed_attempt_and_not_a_delivered_alert(
    installation: Installation, mailbox: Mailbox, tmp_path: Path, clock: Clock, address: str
) -> None:
    contacts = tmp_path / "contacts.yaml"
    contacts.write_text("UNICEF: {email: ['guardia.unicef@canaliza.invalid']}\n", encoding="utf-8")
    here = mailed(installation, mailbox)
    here = Installation(here.settings.model_copy(update={"contacts": contacts}), here.secrets, here.first_start)
    async with running(here, clock) as system:
        await stored_before_it_was_looked_at(system, "UNICEF/email/1", address)
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        await flag(shelter, a_child_alone())
        (failed,) = await some(system, AlertNotDelivered)
        assert failed.event.retry_at is not None
        assert not await facts(system, AlertDelivered)
        assert not mailbox.mails
