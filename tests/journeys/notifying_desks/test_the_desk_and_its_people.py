"""An alert goes to the people of the desk that the referral was sent to, each by their own channels, in order."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx2

from events.contract import Recorded
from events.notifications import AlertDeferred, AlertDelivered, AlertNotDelivered, AlertRaised, ContactsChanged
from events.vocabulary import Role
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerts import Clock, delivered_to, facts, some
from tests.support.people.people import Programme, an_adult, consent_to, everything_stored, taken
from tests.support.system.system import System, eventually

ON_CALL, NEXT, DESK = "p013@canaliza.invalid", "+525500000014", "guardia.acnur@canaliza.invalid"


async def fears_to_return(programme: Programme) -> dict[str, Any]:
    """An adult in Chiapas whose referral ACNUR gets: urgent, but it can wait for the morning (U2)."""
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    return await programme.referral_to("ACNUR", case, state="requested")


async def delivered_by_now(system: System, clock: Clock) -> list[Recorded[AlertDelivered]]:
    """What was delivered once every attempt that is recorded as failed by now may be made again."""
    retries = [one.event.retry_at for one in await facts(system, AlertNotDelivered) if one.event.retry_at]
    clock.now = max([clock.now, *retries])
    return await facts(system, AlertDelivered)


async def test_the_first_on_call_of_the_desk_is_notified_and_nobody_of_another_state(
    programme: Programme, system: System, mailbox: Mailbox, gateway: Gateway
) -> None:
    referral = await fears_to_return(programme)
    assert referral["urgency"] == "U2"
    delivered = await some(system, AlertDelivered, at_least=2)
    assert {one.event.contact for one in delivered} == {"p-013", "ACNUR/email/1"}
    (raised,) = await facts(system, AlertRaised)
    assert raised.event.desk == "ACNUR-CHP"
    assert len(mailbox.to(ON_CALL)) == len(mailbox.to(DESK)) == 1
    assert not gateway.requests


async def test_a_mail_server_that_is_away_is_passed_over_for_the_next_channel_at_once(
    programme: Programme, system: System, mailbox: Mailbox, gateway: Gateway
) -> None:
    mailbox.stop()
    referral = await fears_to_return(programme)
    (delivered,) = await some(system, AlertDelivered)
    assert (delivered.event.contact, delivered.event.channel, delivered.event.way) == ("p-013", "sms", 2)
    (failed,) = [one for one in await facts(system, AlertNotDelivered) if one.event.contact == "p-013"]
    assert (failed.event.channel, failed.event.way, failed.event.next_way) == ("email", 1, 2)
    assert failed.event.retry_at == failed.recorded_at
    (request,) = gateway.to("+525500000013")
    assert request.path == "/sms/+525500000013"
    assert request.said["message"].startswith("Tiene una canalización U2 pendiente, código ")
    assert request.headers["idempotency-key"] == f"{delivered.event.message}@canaliza.invalid", (
        "a gateway can tell it when it is repeated"
    )
    (alert,) = await programme.alerts(referral)
    assert (alert["delivery"]["delivered"], alert["delivery"]["unreached"]) == (1, False)
    assert alert["delivery"]["failed"] >= 1


async def test_when_no_channel_reaches_anybody_the_next_duty_is_notified_before_the_escalation(
    programme: Programme, system: System, mailbox: Mailbox, gateway: Gateway, clock: Clock
) -> None:
    mailbox.stop()
    gateway.status = 503
    referral = await fears_to_return(programme)

    async def given_up() -> bool:
        found = [one.event for one in await facts(system, AlertRaised) if one.event.unreached]
        latest = max(one.event.retry_at for one in await facts(system, AlertNotDelivered) if one.event.retry_at)
        clock.now = max(clock.now, latest)
        return bool(found)

    await some(system, AlertNotDelivered, at_least=2)
    await eventually(given_up)
    (alert,) = await programme.alerts(referral)
    assert alert["delivery"]["unreached"]
    assert not referral["escalations"]
    gateway.status = 200

    assert await eventually(partial(delivered_by_now, system, clock))
    assert gateway.to(NEXT)
    (alert,) = await programme.alerts(referral)
    assert not alert["delivery"]["unreached"]


async def test_the_trail_of_an_alert_is_in_sentences_and_has_no_address(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    mailbox.stop()
    referral = await fears_to_return(programme)
    await some(system, AlertDelivered)
    officer = await programme.desk("ACNUR")
    await taken(officer, referral, "acknowledge")
    auditor = await system.signed_in(Role.AUDITOR, "*")
    path = f"/api/v1/audit/referrals/{referral['referral_id']}/alerts"

    async def told() -> list[dict[str, Any]]:
        await system.audited()
        entries: list[dict[str, Any]] = (await auditor.get(path)).json()["entries"]
        return entries if entries[-1]["name"] == "notifications.alert_answered" else []

    entries = await eventually(told)
    raised = "Se alertó a la mesa de guardia de ACNUR (ACNUR-CHP): urgencia U2 (urgente), código "
    assert entries[0]["es"].startswith(raised)
    sentences = " ".join(one["es"] for one in entries)
    assert "no salió por correo a p-013 (intento 1); sigue su canal siguiente" in sentences
    assert "salió por SMS a p-013 (intento 2)" in sentences
    assert entries[-1]["es"] == "Cesaron los avisos a ACNUR: ya hubo respuesta o ya no hacían falta."
    assert (await auditor.get(f"/api/v1/audit/referrals/{uuid4()}/alerts")).status_code == 404
    stored = b"".join((await everything_stored(system)).values()) + str(entries).encode()
    for address in (ON_CALL, "+5255", "canaliza.invalid", "guardia."):
        assert address.encode() not in stored


async def test_the_alerts_of_a_disabled_contact_go_to_a_substitute(
    programme: Programme, system: System, mailbox: Mailbox, gateway: Gateway, clock: Clock
) -> None:
    mailbox.stop()
    gateway.status = 503
    await fears_to_return(programme)
    await some(system, AlertNotDelivered, at_least=3)
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    for contact in ("p-013", "p-013"):
        body = {"command_id": str(uuid4()), "contact": contact}
        assert (await administrator.post("/api/v1/contacts/disable", json=body)).status_code == 200
    unknown = {"command_id": str(uuid4()), "contact": "p-999"}
    assert (await administrator.post("/api/v1/contacts/disable", json=unknown)).status_code == 404
    gateway.status = 200

    (delivered,) = await eventually(partial(delivered_by_now, system, clock))
    assert gateway.to(NEXT)
    assert delivered.event.contact == "p-014"
    assert not [one for one in gateway.to("+525500000013") if len(gateway.requests) > 1 and one is gateway.requests[-1]]
    changed = await facts(system, ContactsChanged)
    assert [(one.event.change, one.event.contacts) for one in changed] == [("disabled", ("p-013",))] * 2


async def test_contacts_are_imported_once_and_read_back_without_an_address(
    programme: Programme, system: System, gateway: Gateway
) -> None:
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    body = {
        "command_id": str(uuid4()),
        "contacts": {
            "ACNUR-CHP": {"contacts": [{"ways": [{"sms": "+525577777777"}]}], "phone": ["9610000000"]},
            "OIM": {"email": ["nueva.oim@canaliza.invalid"]},
        },
    }
    for _ in range(2):
        answer = await administrator.put("/api/v1/contacts", json=body)
        assert answer.status_code == 200, answer.text
    (changed,) = await facts(system, ContactsChanged)
    assert {"ACNUR-CHP/1", "OIM/email/1", "p-013"} <= set(changed.event.contacts)
    listed = await administrator.get("/api/v1/contacts")
    assert {one["contact"] for one in listed.json()["items"]} == {"ACNUR-CHP/1", "OIM/email/1"}
    for address in ("+5255", "nueva", "961"):
        assert address not in listed.text
    await fears_to_return(programme)
    await some(system, AlertDelivered)
    assert len(gateway.to("+525577777777")) == 1
    others: list[dict[str, Any]] = [
        {"INM": {"email": ["x@canaliza.invalid"]}},
        {"OIM": {"fax": ["canario"]}},
        {"people": {"Ana": {}}},
    ]
    for wrong in others:
        refused = await administrator.put("/api/v1/contacts", json={"command_id": str(uuid4()), "contacts": wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "contacts_not_valid")
        assert refused.json()["faults"] == [{"field": "contacts", "code": "not_valid"}]
        assert "canario" not in refused.text
    officer: httpx2.AsyncClient = await programme.desk("ACNUR")
    assert (await officer.get("/api/v1/contacts")).status_code == 403


async def test_a_person_in_quiet_hours_is_notified_in_the_morning_if_it_is_still_needed(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    clock.now = clock.now.replace(day=25, hour=6, minute=57)
    waiting, answered = [await fears_to_return(programme) for _ in range(2)]
    deferred = await some(system, AlertDeferred, at_least=2)
    morning = clock.now.replace(hour=7, minute=0)
    assert {(one.event.contact, one.event.until) for one in deferred} == {("p-013", morning)}
    for referral in (waiting, answered):
        await delivered_to(system, referral["case_id"], "ACNUR/email/1")  # the desk's mailbox never sleeps
    await taken(await programme.desk("ACNUR"), answered, "acknowledge")

    async def stopped() -> bool:
        return {one["state"] for one in await programme.alerts(answered)} == {"answered"}

    await eventually(stopped)
    assert not mailbox.to(ON_CALL)
    clock.now = morning  # before the first step of any ladder: of what waited, and of what was acknowledged
    await delivered_to(system, waiting["case_id"], "p-013")
    (alert,) = await programme.alerts(waiting)
    (mail,) = mailbox.to(ON_CALL)
    assert alert["code"] in mail.text


async def test_a_burst_becomes_one_message_that_says_how_many_and_a_u0_is_sent_separately(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    for number in range(1, 8):
        await fears_to_return(programme)
        await some(system, AlertRaised, at_least=number)
        await some(system, AlertDelivered, at_least=2 * min(number, 3))
    danger = await programme.flag(an_adult(consent_to("ACNUR"), danger_now="yes"))
    urgent = await programme.referral_to("ACNUR", danger, state="requested")
    assert urgent["urgency"] == "U0"
    (alert,) = await eventually(lambda: programme.alerts(urgent))

    async def told_of_it() -> bool:
        return any(alert["code"] in mail.text for mail in mailbox.to(ON_CALL))

    await eventually(told_of_it)
    singles = [mail for mail in mailbox.to(ON_CALL) if alert["code"] not in mail.text]
    assert len(singles) == 3, "the rest of the burst waits for a moment"
    clock.now = clock.now.replace(minute=2, second=1)

    async def all_told() -> bool:
        told = [one for one in await facts(system, AlertDelivered) if one.event.contact == "p-013"]
        return len({one.stream for one in told}) == 8

    await eventually(all_told)
    (together,) = [mail for mail in mailbox.to(ON_CALL) if "canalizaciones" in mail.text]
    assert together.text == "Tiene 4 canalizaciones pendientes, la más urgente U2"
    grouped = [one for one in await facts(system, AlertDelivered) if one.event.together > 1]
    assert [one.event.together for one in grouped if one.event.contact == "p-013"] == [4] * 4
    assert len({one.event.message for one in grouped if one.event.contact == "p-013"}) == 1
    assert UUID(together.message_id[1:37]) == grouped[0].event.message or len(grouped) > 4
