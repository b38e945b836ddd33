"""In caravan mode a desk gets few messages about many referrals, and still a separate one for a U0."""

from datetime import timedelta
from uuid import uuid4

from events.notifications import AlertDelivered, AlertRaised
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerts import Clock, facts, some
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to
from tests.support.system.system import System, eventually

ON_CALL = "p013@canaliza.invalid"
USUAL = timedelta(minutes=2, seconds=1)


async def test_messages_are_grouped_sooner_and_for_longer_and_a_u0_is_sent_separately(
    programme: Programme, system: System, mailbox: Mailbox, clock: Clock
) -> None:
    until = (clock.now + timedelta(days=3)).isoformat()
    body = {"command_id": str(uuid4()), "shelters": [SHELTER], "reason": "caravan", "until": until}
    on = await programme.coordinator.post("/api/v1/caravan-modes", json=body)
    assert on.status_code == 201, on.text
    for number in range(1, 6):
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        await programme.referral_to("ACNUR", case, state="requested")
        await some(system, AlertRaised, at_least=number)
        await some(system, AlertDelivered, at_least=2 * min(number, 2))
    assert all(raised.event.caravan for raised in await facts(system, AlertRaised))
    assert len(mailbox.to(ON_CALL)) == 2, "in caravan mode the third waits already"

    clock.now += USUAL
    danger = await programme.flag(an_adult(consent_to("ACNUR"), danger_now="yes"))
    urgent = await programme.referral_to("ACNUR", danger, state="requested")
    (alert,) = await eventually(lambda: programme.alerts(urgent))

    async def told_of_it() -> bool:
        return any(alert["code"] in mail.text for mail in mailbox.to(ON_CALL))

    await eventually(told_of_it)
    assert len(mailbox.to(ON_CALL)) == 3, "what waits in caravan mode waits beyond the usual time"

    clock.now += timedelta(minutes=8)

    async def all_told() -> bool:
        told = [one for one in await facts(system, AlertDelivered) if one.event.contact == "p-013"]
        return len({one.stream for one in told}) == 6

    await eventually(all_told)
    (together,) = [mail for mail in mailbox.to(ON_CALL) if "canalizaciones" in mail.text]
    assert together.text == "Tiene 3 canalizaciones pendientes, la más urgente U2"
