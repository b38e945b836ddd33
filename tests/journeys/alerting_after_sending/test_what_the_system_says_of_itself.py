"""A case that was not routed, a task, a channel that fails: whoever must act is told, by what still works."""

from datetime import timedelta
from uuid import UUID, uuid4

from events.notifications import AlertDelivered
from events.obligations import ObligationDone, ObligationDue
from events.operations import CaseNotRouted, CaseRouted, ChannelFailing, ChannelRecovered, DeviceDisagreed
from events.vocabulary import (
    Agency,
    Duty,
    Obligation,
    ObligationOwner,
    ObligationResult,
    Role,
)
from services.system import Installation
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerted import (
    COORDINATOR,
    OPERATOR,
    SHIFT,
    alert_in,
    mails_to,
    nothing_is_revealed,
    sent_to_acnur,
)
from tests.support.people.alerts import Clock, some
from tests.support.people.people import SHELTER, Programme
from tests.support.people.shelter_alerts import put
from tests.support.system.lists import all_alerts
from tests.support.system.system import System, eventually, running


async def test_a_case_that_was_not_routed_is_told_to_coordinator_and_operator_and_listed_at_its_shelter(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    case = str(uuid4())
    lost = CaseNotRouted(event=uuid4(), log="intake", shelter=SHELTER)
    await put(system, "referral", UUID(case), lost, case)
    ours = await alert_in(programme.shelter, about="not_routed", state="pending")
    assert (ours["case_id"], ours["referral_id"]) == (case, None)
    await alert_in(programme.coordinator, about="not_routed", state="pending")
    (mail,) = await mails_to(mailbox, COORDINATOR, 1)
    (english,) = await mails_to(mailbox, OPERATOR, 1)
    assert (mail.text, english.text) == (
        f"Hay un registro por procesar, código {ours['code']}",
        f"A record is still to be processed, code {ours['code']}",
    )
    assert mailbox.to(SHIFT) == [], "the shelter finds it in its list"
    await put(system, "referral", UUID(case), CaseRouted(shelter=SHELTER), case)
    for client in (programme.shelter, programme.coordinator):
        await alert_in(client, about="not_routed", state="answered")
    nothing_is_revealed(mailbox)


async def test_a_telephone_that_decided_otherwise_is_told_to_coordinator_and_operator_until_one_has_read_it(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    case = str(uuid4())
    different = DeviceDisagreed(
        submission=uuid4(), shelter=SHELTER, device="tel-3", rule_set=f"2013.2-{uuid4().hex[:12]}"
    )
    await put(system, "referral", uuid4(), different, case)
    alert = await alert_in(programme.coordinator, about="rules", state="pending")
    assert (alert["case_id"], alert["referral_id"], alert["shelter"]) == (case, None, None)
    (mail,) = await mails_to(mailbox, COORDINATOR, 1)
    (english,) = await mails_to(mailbox, OPERATOR, 1)
    assert (mail.text, english.text) == (
        f"Hay que revisar las reglas de los teléfonos, código {alert['code']}",
        f"The rules on the telephones must be checked, code {alert['code']}",
    )
    assert alert["alert_id"] not in {one["alert_id"] for one in await all_alerts(programme.shelter)}
    seen = f"/api/v1/alerts/{alert['alert_id']}/seen"
    assert (await programme.coordinator.post(seen, json={"command_id": str(uuid4())})).status_code == 200
    await alert_in(programme.coordinator, about="rules", state="answered")
    (told,) = [one for one in await programme.history(case) if one["name"] == "referral.device_disagreed"]
    assert "decidió distinto que el sistema" in told["es"]
    nothing_is_revealed(mailbox)


async def test_a_task_is_its_owners_until_it_is_done(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral, task = await sent_to_acnur(programme), uuid4()
    common = {
        "obligation": Obligation.TELL_THE_PERSON,
        "owner": ObligationOwner.SHELTER,
        "shelter": SHELTER,
        "agency": Agency.ACNUR,
        "referral": UUID(referral["referral_id"]),
    }
    due = ObligationDue(**common, until=clock.now + timedelta(hours=72), basis="x", policy="1")
    await put(system, "referral", task, due, referral["case_id"])
    alert = await alert_in(programme.shelter, about="obligation", state="pending")
    assert (alert["obligation_id"], alert["referral_id"]) == (str(task), None)
    await mails_to(mailbox, SHIFT, 1)
    done = ObligationDone(**common, result=ObligationResult.DONE)
    await put(system, "referral", task, done, referral["case_id"])
    await alert_in(programme.shelter, about="obligation", state="answered")


async def test_a_channel_that_fails_is_told_by_every_other_one_and_never_by_itself(
    programme: Programme, system: System, mailbox: Mailbox, gateway: Gateway, clock: Clock
) -> None:
    channel = uuid4()
    failing = ChannelFailing(
        channel="email", since=clock.now, failed=5, waiting=9, whom=(Duty.COORDINATOR, Duty.OPERATOR)
    )
    await put(system, "notifications", channel, failing, None)
    alert = await alert_in(programme.coordinator, about="delivery", state="pending")

    async def told() -> bool:
        return bool(gateway.to("5500000099"))

    await eventually(told)
    (delivered,) = await some(system, AlertDelivered)
    assert (delivered.event.contact, delivered.event.channel) == ("OIM/operator/1", "sms")
    assert alert["code"] in gateway.requests[0].body.decode()
    assert mailbox.mails == []
    officer = await system.signed_in(Role.OFFICER, "OIM")
    assert (await officer.get("/api/v1/alerts")).json()["items"] == [], "it is no desk's"
    await put(system, "notifications", channel, ChannelRecovered(channel="email", since=clock.now), None)
    await alert_in(programme.coordinator, about="delivery", state="answered")


async def test_a_channel_that_failed_as_the_process_ended_is_told_after_the_next_start(
    here: Installation, clock: Clock
) -> None:
    alone = here.service("notifications", clock)
    alone.log.start()
    stopped = System(here, "", [alone])
    whom = (Duty.OPERATOR,)
    failing = ChannelFailing(channel="email", since=clock.now, failed=5, waiting=9, whom=whom)
    await put(stopped, "notifications", uuid4(), failing, None)
    await alone.log.stop()
    await alone.context.database.close()
    async with running(here, clock) as system:
        coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
        await alert_in(coordinator, about="delivery", state="pending")
