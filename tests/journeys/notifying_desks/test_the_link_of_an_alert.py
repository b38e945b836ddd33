"""An alert's link opens its referral alone, for its own desk, until it expires; one tap acknowledges."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from events.notifications import AlertAnswered, AlertDelivered
from events.vocabulary import Role
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerts import Clock, some
from tests.support.people.page_forms import form_to, forms_of
from tests.support.people.people import Programme, an_adult, consent_to, is_a_problem, taken
from tests.support.system.system import System, eventually

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


async def test_its_page_says_that_something_changed_until_one_tap_says_that_it_was_seen(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await some(system, AlertDelivered)
    found = LINK.fullmatch(mailbox.mails[0].text)
    assert found
    officer = await programme.desk("ACNUR")
    await taken(officer, referral, "accept")
    changed = "Cambió después de que su mesa la vio"

    async def page() -> str:
        led = await officer.get(f"/c/{found[2]}")
        assert led.status_code == 303
        return (await officer.get(led.headers["location"])).text

    assert changed not in await page()
    worse = document | {"screening": document["screening"] | {"danger_now": "yes"}}
    assert (await programme.amend(case, worse)).status_code == 200
    await programme.referral_to("ACNUR", case, urgency="U0")
    shown = await page()
    assert changed in shown
    assert "Es más urgente." in shown
    assert form_to(shown, "/acknowledge").button == "Acusar el cambio"
    assert not [form for form in forms_of(shown) if form.action.endswith("/accept")]
    seen = await officer.post(f"/api/v1/alerts/{found[2]}/acknowledge", json={"command_id": str(uuid4())})
    assert (seen.status_code, seen.json()["state"]) == (200, "accepted")
    assert changed not in await page()


async def test_the_link_opens_nothing_for_anybody_else(programme: Programme, system: System, mailbox: Mailbox) -> None:
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


async def test_the_link_expires(programme: Programme, system: System, mailbox: Mailbox, clock: Clock) -> None:
    _, code = await linked(programme, system, mailbox)
    officer, stranger = await programme.desk("ACNUR"), await programme.desk("UNICEF")
    clock.now += timedelta(days=3, seconds=1)
    is_a_problem(await officer.get(f"/api/v1/alerts/{code}/referral"), 410, "link_expired")
    answer = await officer.post(f"/api/v1/alerts/{code}/acknowledge", json={"command_id": str(uuid4())})
    is_a_problem(answer, 410, "link_expired")
    is_a_problem(await stranger.get(f"/api/v1/alerts/{code}/referral"), 404, "not_found")


async def test_an_alert_to_a_fallback_agency_has_no_link(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR"), danger_now="yes"))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    assert referral["urgency"] == "U0"
    await some(system, AlertDelivered, at_least=2)
    clock.now += timedelta(minutes=15, seconds=1)
    await some(system, AlertDelivered, at_least=6)

    async def oim_is_asked_without_one() -> bool:
        """Its coordinators, who may open it, have one."""
        return any("/c/" not in mail.text for mail in mailbox.to("guardia.oim@canaliza.invalid"))

    await eventually(oim_is_asked_without_one)
