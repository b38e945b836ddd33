"""The desk that had answered is alerted again: more urgent at once, a correction after others had time to join it."""

from datetime import timedelta
from typing import Any

from events.notifications import AlertDelivered, AlertRaised
from events.referral import (
    ChangeSeen,
    DisclosureRenewed,
    HelpOffered,
    HelpUnavailable,
    ReferralEscalated,
    ReferralHandedOver,
    ReferralReassessed,
    WithdrawalContested,
)
from events.vocabulary import (
    Agency,
    ContestReason,
    Duty,
    ReferralClock,
    RenewalReason,
    RiskCategory,
    Role,
    SendingBasis,
    Urgency,
)
from tests.support.fakes.mailbox import Mailbox
from tests.support.models.alert_story import BOX
from tests.support.people.alerted import (
    ACNUR,
    ACNUR_AT_NIGHT,
    COORDINATOR,
    SHIFT,
    alert_in,
    mails_to,
    nothing_is_revealed,
    sent_to_acnur,
)
from tests.support.people.alerts import Clock, facts
from tests.support.people.people import SHELTER, Programme, taken
from tests.support.people.shelter_alerts import happens
from tests.support.system.lists import all_alerts
from tests.support.system.system import System, eventually

WHOSE: dict[str, Any] = {"agency": Agency.ACNUR, "shelter": SHELTER}


def renewed(clock: Clock, *, at_once: bool) -> DisclosureRenewed:
    return DisclosureRenewed(
        **WHOSE, reason=RenewalReason.CORRECTED, disclosure=BOX, basis=SendingBasis.CONSENT, at_once=at_once,
        seen_by=clock.now + timedelta(hours=12),
    )  # fmt: skip


def more_urgent(clock: Clock, **says: Any) -> ReferralReassessed:
    known: dict[str, Any] = {"categories": (RiskCategory.ASILO,), "rule_set": "1", "grounds": BOX}
    return ReferralReassessed(**WHOSE, **known, urgency=Urgency.U0, seen_by=clock.now + timedelta(hours=12), **says)


async def accepted(programme: Programme, mailbox: Mailbox) -> Any:
    referral = await sent_to_acnur(programme)
    await mails_to(mailbox, ACNUR, 1)
    officer = await programme.desk("ACNUR")
    referral = await taken(officer, referral, "accept")
    await alert_in(officer, about="referral", state="answered")
    return referral


async def test_more_urgent_after_the_acceptance_is_mailed_as_a_new_message_until_it_was_seen(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral = await accepted(programme, mailbox)
    await happens(system, referral, more_urgent(clock, desk="ACNUR-24H", formerly="ACNUR-CHP"))
    officer = await programme.desk("ACNUR")
    alert = await alert_in(officer, about="referral", state="pending")
    assert (alert["urgency"], alert["referral_id"]) == ("U0", referral["referral_id"])
    first, again = await mails_to(mailbox, ACNUR, 2)
    (at_night,) = await mails_to(mailbox, ACNUR_AT_NIGHT, 1)
    assert at_night.text == again.text
    assert again.text.startswith(f"Tiene una canalización U0 pendiente, código {alert['code']}")
    assert len({one.message_id for one in (first, again, at_night)}) == 3, "none may look like a copy"
    await happens(system, referral, ChangeSeen(**WHOSE))
    await alert_in(officer, about="referral", state="answered")
    await happens(system, referral, more_urgent(clock, new_harm=True))
    await alert_in(officer, about="referral", state="pending")
    third = (await mails_to(mailbox, ACNUR_AT_NIGHT, 2))[-1]
    assert third.message_id != at_night.message_id
    nothing_is_revealed(mailbox)


async def test_several_corrections_make_one_message_and_what_cannot_wait_leaves_at_once(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral = await accepted(programme, mailbox)
    officer = await programme.desk("ACNUR")
    await happens(system, referral, renewed(clock, at_once=False))
    alert = await alert_in(officer, about="change", state="pending")
    assert (alert["referral_id"], alert["text"]) == (
        referral["referral_id"],
        f"Hubo un cambio en una canalización U2, código {alert['code']}",
    )
    clock.now += timedelta(minutes=5)
    await happens(system, referral, renewed(clock, at_once=False))
    await programme.has_caught_up(referral["case_id"])
    changes = [mail for mail in mailbox.to(ACNUR) if "cambio" in mail.text]
    assert changes == [], "it waits for others"
    clock.now += timedelta(minutes=5, seconds=1)

    async def told() -> bool:
        return any("cambio" in mail.text for mail in mailbox.to(ACNUR))

    await eventually(told)
    assert len([one for one in await facts(system, AlertRaised) if one.event.about == "change"]) == 1
    await happens(system, referral, renewed(clock, at_once=True))

    async def told_twice() -> bool:
        return len([mail for mail in mailbox.to(ACNUR) if "cambio" in mail.text]) == 2

    await eventually(told_twice)
    changes = [mail for mail in mailbox.to(ACNUR) if "cambio" in mail.text]
    assert len({mail.message_id for mail in changes}) == 2
    await taken(officer, await programme.referral_to("ACNUR", referral["case_id"]), "start")
    await alert_in(officer, about="change", state="answered")
    nothing_is_revealed(mailbox)


async def test_after_a_handover_the_new_desk_and_the_old_one_know(
    programme: Programme, system: System, mailbox: Mailbox
) -> None:
    referral = await sent_to_acnur(programme)
    await mails_to(mailbox, ACNUR, 1)
    next_shelter = "ALB-TAP-01"
    moved = ReferralHandedOver(agency=Agency.ACNUR, shelter=next_shelter, desk="ACNUR-24H", formerly="ACNUR-CHP")
    await happens(system, referral, moved, actor="referral")
    await mails_to(mailbox, ACNUR_AT_NIGHT, 1)
    await mails_to(mailbox, ACNUR, 2)
    theirs = await alert_in(await system.signed_in(Role.SHELTER_WORKER, next_shelter), about="change")
    assert theirs["case_id"] == referral["case_id"]
    await alert_in(await programme.desk("ACNUR"), about="referral", state="pending")


async def test_an_offer_and_a_contest_are_told_and_the_asked_agency_knows_what_to_answer(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    referral = await sent_to_acnur(programme)
    step = ReferralEscalated(
        **WHOSE, urgency=Urgency.U2, clock=ReferralClock.DECIDE, rung="deadline_missed", whom=(Duty.FALLBACK,),
        deadline=clock.now, asked=Agency.OIM,
    )  # fmt: skip
    await happens(system, referral, step)
    oim = await programme.desk("OIM")
    asked = await alert_in(oim, referral_id=referral["referral_id"])
    assert (asked["state"], asked["case_id"]) == ("pending", None)
    assert (await oim.get(f"/api/v1/referrals/{referral['referral_id']}")).status_code == 404
    await happens(system, referral, HelpOffered(**WHOSE, by=Agency.OIM), actor="officer:OIM:o-1")
    await alert_in(oim, referral_id=referral["referral_id"], state="answered")
    await alert_in(programme.shelter, about="offer", state="pending")
    await alert_in(programme.coordinator, about="offer", state="pending")
    await mails_to(mailbox, SHIFT, 1)
    assert any("respuesta a una consulta" in mail.text for mail in await mails_to(mailbox, COORDINATOR, 1))
    await happens(system, referral, WithdrawalContested(**WHOSE, reason=ContestReason.REFUSED))
    await alert_in(programme.coordinator, about="contest", state="pending")
    await mails_to(mailbox, COORDINATOR, 2)
    await happens(system, referral, HelpUnavailable(**WHOSE, by=Agency.OIM, all_asked=True))
    await programme.has_caught_up(referral["case_id"])
    assert {"offer", "contest"} & {one["about"] for one in await all_alerts(await programme.desk("ACNUR"))} == set()
    nothing_is_revealed(mailbox)
    assert await facts(system, AlertDelivered)
