"""An alert's link opens exactly its referral, for its own desk, for a while; one tap acknowledges."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from events.notifications import AlertAnswered, AlertDelivered
from events.vocabulary import Role
from tests.harness.alerts import Clock, some
from tests.harness.mailbox import Mailbox
from tests.harness.people import Programme, an_adult, consent_to, is_a_problem
from tests.harness.system import System

LINK = re.compile(
    r"Tiene una canalización U2 pendiente, código \S{4}\r?\nhttps://canaliza\.invalid(/c/([A-Za-z0-9_-]{48}))"
)


async def linked(programme: Programme, system: System, mailbox: Mailbox) -> tuple[dict[str, Any], str]:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await some(system, AlertDelivered)
    found = LINK.fullmatch(mailbox.mails[0].text)
    assert found, mailbox.mails[0].text
    return referral, found[2]


async def test_the_desk_opens_and_acknowledges_it_by_one_tap_and_twice_is_once(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    referral, code = await linked(programme, system, mailbox)
    officer = await programme.desk("ACNUR")
    opened = (await officer.get(f"/api/v1/alerts/{code}/referral")).json()
    assert (opened["referral_id"], opened["state"]) == (referral["referral_id"], "requested")
    order = {"command_id": str(uuid4())}
    first, again = [await officer.post(f"/api/v1/alerts/{code}/acknowledge", json=order) for _ in range(2)]
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["state"] == "acknowledged"
    await some(system, AlertAnswered)
    other = await officer.post(f"/api/v1/alerts/{code}/acknowledge", json={"command_id": str(uuid4())})
    is_a_problem(other, 409, "illegal_step")


async def test_it_is_useless_to_everybody_else(programme: Programme, system: System, mailbox: Mailbox) -> None:
    _, code = await linked(programme, system, mailbox)
    stranger = await programme.desk("UNICEF")
    changed = code[:-1] + ("A" if code[-1] != "A" else "B")
    for client, what, status in (
        (stranger, code, 404), (programme.shelter, code, 404), (await programme.desk("ACNUR"), changed, 404),
    ):  # fmt: skip
        assert (await client.get(f"/api/v1/alerts/{what}/referral")).status_code == status
        order = {"command_id": str(uuid4())}
        assert (await client.post(f"/api/v1/alerts/{what}/acknowledge", json=order)).status_code == status
        assert (await client.get(f"/c/{what}")).status_code == status
    auditor = await system.signed_in(Role.AUDITOR, "*")
    assert (await auditor.get(f"/api/v1/alerts/{code}/referral")).status_code == 403


async def test_it_expires(programme: Programme, system: System, mailbox: Mailbox, clock: Clock) -> None:
    _, code = await linked(programme, system, mailbox)
    officer, stranger = await programme.desk("ACNUR"), await programme.desk("UNICEF")
    clock.now += timedelta(days=3, seconds=1)
    is_a_problem(await officer.get(f"/api/v1/alerts/{code}/referral"), 410, "link_expired")
    answer = await officer.post(f"/api/v1/alerts/{code}/acknowledge", json={"command_id": str(uuid4())})
    is_a_problem(answer, 410, "link_expired")
    is_a_problem(await stranger.get(f"/api/v1/alerts/{code}/referral"), 404, "not_found")


async def test_a_desk_that_is_asked_in_anothers_stead_has_no_link(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), danger_now="yes"))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    assert referral["urgency"] == "U0"
    await some(system, AlertDelivered, at_least=2)
    clock.now += timedelta(minutes=15, seconds=1)
    await some(system, AlertDelivered, at_least=6)
    asked = [mail.text for mail in mailbox.to("guardia.oim@canaliza.invalid")]
    assert any("/c/" not in text for text in asked), "OIM's desk is asked; its coordinators, who may open it, have one"
