"""A shelter is alerted of an answer, a question, a waiting decision, a time that ran out, a change; nobody else is."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from events.notifications import AlertNotDelivered
from events.referral import (
    ReferralEscalated,
    ReferralFrozen,
    ReferralUnfrozen,
)
from events.vocabulary import Agency, Duty, ReferralClock, Role, Urgency
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerted import (
    ACNUR,
    COORDINATOR,
    HEAD,
    SHIFT,
    alert_in,
    mails_to,
    nothing_is_revealed,
    sent_to_acnur,
)
from tests.support.people.alerts import Clock, some
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to, is_a_problem, taken
from tests.support.people.shelter_alerts import happens
from tests.support.system.lists import all_alerts
from tests.support.system.logs import as_admin
from tests.support.system.system import System, eventually


async def test_an_answer_is_mailed_listed_and_streamed_and_ends_when_it_was_read(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    referral = await sent_to_acnur(programme)
    heard: list[str] = []

    async def listen(role: Role, org: str) -> None:
        client = await system.signed_in(role, org)
        async with client.stream("GET", "/api/v1/alerts/stream") as stream:
            opened.release()
            async for line in stream.aiter_lines():
                heard.append(f"{org} {line}")  # noqa: PERF401 - what was heard so far is looked at meanwhile

    opened = asyncio.Semaphore(0)
    streams = [(Role.INTEGRATOR, SHELTER), (Role.SHELTER_WORKER, "ALB-TAP-01"), (Role.OFFICER, "ACNUR")]
    listening = [asyncio.create_task(listen(*one)) for one in streams]
    for _ in listening:
        await opened.acquire()
    await taken(await programme.desk("ACNUR"), referral, "accept")
    alert = await alert_in(programme.shelter, state="pending")
    assert (alert["about"], alert["referral_id"], alert["case_id"], alert["shelter"]) == (
        "answer",
        referral["referral_id"],
        referral["case_id"],
        SHELTER,
    )
    (mail,) = await mails_to(mailbox, SHIFT, 1)
    assert mail.text == alert["text"] == f"Hay una novedad por leer, código {alert['code']}"

    async def heard_of_it() -> bool:
        return any(alert["alert_id"] in line for line in heard)

    await eventually(heard_of_it)
    assert {line.split()[0] for line in heard if alert["alert_id"] in line} == {SHELTER}
    for task in listening:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    path, body = f"/api/v1/alerts/{alert['alert_id']}/seen", {"command_id": str(uuid4())}
    for role, org in ((Role.SHELTER_WORKER, "ALB-TAP-01"), (Role.OFFICER, "ACNUR")):
        other = await system.signed_in(role, org)
        is_a_problem(await other.post(path, json=body), 404, "not_found")
        assert alert["alert_id"] not in {one["alert_id"] for one in await all_alerts(other)}
    assert alert["alert_id"] not in {one["alert_id"] for one in await all_alerts(programme.coordinator)}
    of_shelter = await programme.coordinator.get("/api/v1/alerts", params={"shelter": SHELTER})
    assert [one["alert_id"] for one in of_shelter.json()["items"]] == [alert["alert_id"]]
    for _ in range(2):
        seen = await programme.shelter.post(path, json=body)
        assert (seen.status_code, seen.json()["state"]) == (200, "answered")
    pending = await programme.shelter.get("/api/v1/alerts", params={"state": "pending"})
    assert pending.json()["items"] == []
    nothing_is_revealed(mailbox)


async def test_a_question_waits_until_the_shelter_answers_and_reading_it_does_not_end_it(
    programme: Programme, mailbox: Mailbox
) -> None:
    referral = await sent_to_acnur(programme)
    asked = await taken(await programme.desk("ACNUR"), referral, "request-info", question="¿Sigue ahí?")
    alert = await alert_in(programme.shelter, about="question", state="pending")
    await mails_to(mailbox, SHIFT, 1)
    path = f"/api/v1/alerts/{alert['alert_id']}/seen"
    refused = await programme.shelter.post(path, json={"command_id": str(uuid4())})
    is_a_problem(refused, 409, "alert_needs_an_act")
    await taken(programme.shelter, asked, "supply-info", answer="Sí.")
    await alert_in(programme.shelter, about="question", state="answered")


async def test_the_programme_is_mailed_in_the_stead_of_a_shelter_without_contacts_only_if_somebody_must_act(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    theirs = Programme(system, await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01"), programme.coordinator)
    documents = [an_adult(consent_to("ACNUR")) | {"shelter": "ALB-TAP-01"} for _ in range(2)]
    first, second = [await theirs.referral_to("ACNUR", await theirs.flag(one), state="requested") for one in documents]
    acnur = await programme.desk("ACNUR")
    await taken(acnur, first, "accept")
    await taken(acnur, second, "request-info", question="¿Sigue ahí?")
    question = await alert_in(theirs.shelter, about="question", state="pending")
    await alert_in(theirs.shelter, about="answer", state="pending")
    (mail,) = await mails_to(mailbox, COORDINATOR, 1)
    assert mail.text == question["text"], "the answer only needs reading, and is in the shelter's list"


async def test_what_waits_for_a_decision_reaches_shelter_and_programme_and_never_its_agency(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    case = await programme.flag(an_adult())
    referral = await programme.referral_to("ACNUR", case, state="blocked_consent")
    for number, duty in enumerate((Duty.SHELTER, Duty.SHELTER_COORDINATOR, Duty.COORDINATOR, Duty.DESK)):
        clock.now = clock.now.replace(minute=20 + number)
        step = ReferralEscalated(
            agency=Agency.ACNUR, shelter=SHELTER, urgency=Urgency.U1, clock=ReferralClock.WAITING,
            rung=f"step_{number}", whom=(duty,), deadline=clock.now,
        )  # fmt: skip
        await happens(system, referral, step)
    ours = await alert_in(programme.shelter, about="waiting", referral_id=referral["referral_id"])
    assert (ours["state"], ours["case_id"]) == ("pending", case)
    theirs = await alert_in(programme.coordinator, about="waiting", code=ours["code"])
    assert (theirs["agency"], theirs["referral_id"], theirs["case_id"]) == ("OIM", None, case)

    async def all_told() -> bool:
        return all(any(ours["code"] in one.text for one in mailbox.to(who)) for who in (SHIFT, HEAD, COORDINATOR))

    await eventually(all_told)
    await programme.has_caught_up(case)
    officer = await programme.desk("ACNUR")
    for_acnur = await all_alerts(officer)
    assert {ours["code"]} & {one["code"] for one in for_acnur} == set()
    assert not any(ours["code"] in mail.text for mail in mailbox.to(ACNUR))
    assert (await officer.get("/api/v1/alerts", params={"code": ours["code"]})).json()["items"] == []
    consent = await programme.consent(case, consent_to("ACNUR"))
    assert consent.status_code == 201, consent.text
    await alert_in(programme.shelter, about="waiting", code=ours["code"], state="answered")
    await alert_in(programme.coordinator, about="waiting", code=ours["code"], state="answered")
    nothing_is_revealed(mailbox)


async def test_a_freeze_is_told_to_the_shelter_until_it_was_checked(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral = await sent_to_acnur(programme)
    whose = {"agency": Agency.ACNUR, "shelter": SHELTER}
    await happens(system, referral, ReferralFrozen(**whose, check_by=clock.now))
    await alert_in(programme.shelter, about="freeze", state="pending")
    (mail,) = await mails_to(mailbox, SHIFT, 1)
    assert mail.text.startswith("Hay una comprobación pendiente, código ")
    await happens(system, referral, ReferralUnfrozen(**whose))
    await alert_in(programme.shelter, about="freeze", state="answered")


async def test_a_report_about_a_shelters_staff_alerts_nobody_there(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
    case = await programme.flag(an_adult(harm_events=[harm]))
    report = await programme.referral_to("PEAS", case, state="requested")
    await taken(await programme.desk("PEAS"), report, "accept")
    await happens(system, report, ReferralFrozen(agency=Agency.PEAS, shelter=SHELTER, check_by=clock.now))
    await alert_in(programme.coordinator, about="freeze", state="pending")
    for role in (Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR):
        assert await all_alerts(await system.signed_in(role, SHELTER)) == []
    of_shelter = await programme.coordinator.get("/api/v1/alerts", params={"shelter": SHELTER})
    assert of_shelter.json()["items"] == []
    assert mailbox.to(SHIFT) + mailbox.to(HEAD) == []


async def test_many_answers_make_few_messages_that_say_only_how_many(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    officer, before = await programme.desk("ACNUR"), 3
    for number in range(1, before + 5):
        await taken(officer, await sent_to_acnur(programme), "accept")
        await mails_to(mailbox, SHIFT, min(number, before))

    assert system.installation.settings.postgres_dsn is not None
    # To the shelter alone: the desk's alerts, and the coordinator's, are postponed in the same table.
    postponed = """select count(*) from notifications.delivery
    where about = 'answer' and due_at > $1 and leased_until is null"""
    async with as_admin(system.installation.settings.postgres_dsn.get_secret_value()) as admin:

        async def all_wait() -> bool:
            return bool(await admin.fetchval(postponed, clock.now) == 4)

        await eventually(all_wait)
    clock.now += timedelta(minutes=2, seconds=1)
    last = (await mails_to(mailbox, SHIFT, before + 1))[-1]
    assert last.text == "Tiene 4 avisos por leer, el más urgente U2"
    nothing_is_revealed(mailbox)


async def test_a_shelters_alert_moves_to_the_programme_once_nobody_there_can_be_reached(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    referral = await sent_to_acnur(programme)
    await mails_to(mailbox, ACNUR, 1)
    mailbox.refusing = 550
    await taken(await programme.desk("ACNUR"), referral, "request-info", question="¿Sigue ahí?")
    question = await alert_in(programme.shelter, about="question", state="pending")
    await some(system, AlertNotDelivered, question["alert_id"])  # tried, and not again while the clock stands
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    for contact in ("ALB-HUI-01/email/1", "ALB-HUI-01/shelter_coordinator/email/1"):
        body = {"command_id": str(uuid4()), "contact": contact}
        assert (await administrator.post("/api/v1/contacts/disable", json=body)).status_code == 200
    mailbox.refusing = None
    (mail,) = await mails_to(mailbox, COORDINATOR, 1)
    alert = await alert_in(programme.shelter, about="question", state="pending")
    assert mail.text == alert["text"]
    found = await programme.coordinator.get("/api/v1/alerts", params={"code": alert["code"], "about": "question"})
    assert [one["alert_id"] for one in found.json()["items"]] == [alert["alert_id"]], "found by what the message said"
    assert mailbox.to(SHIFT) == []
