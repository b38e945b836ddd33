"""A change that nobody at the desk has seen climbs a ladder of its own, which moves the referral nowhere."""

from datetime import timedelta
from functools import partial

from tests.support.people.alerts import Clock
from tests.support.people.people import Item, Programme, an_adult, consent_to, taken
from tests.support.system.system import eventually


async def test_on_call_supervisor_and_coordinator_are_asked_until_somebody_has_seen_it(
    programme: Programme, clock: Clock
) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    acnur = await programme.desk("ACNUR")
    accepted = await taken(acnur, await programme.referral_to("ACNUR", case, state="requested"), "accept")
    worse = document | {"screening": document["screening"] | {"danger_now": "yes"}}
    assert (await programme.amend(case, worse)).status_code == 200
    await programme.referral_to("ACNUR", case, urgency="U0")

    async def climbed(rungs: int) -> Item | None:
        found = await programme.referral_to("ACNUR", case)
        steps = [one for one in found["escalations"] if one["clock"] == "change"]
        return found if len(steps) == rungs else None

    for minutes, rungs in ((5, 1), (10, 2), (15, 3)):
        clock.now += timedelta(minutes=5, seconds=1)
        reached = await eventually(partial(climbed, rungs))
        assert reached is not None, minutes
    found = await programme.referral_to("ACNUR", case)
    names = [one["rung"] for one in found["escalations"] if one["clock"] == "change"]
    assert names == ["change_on_call", "change_supervisor", "change_coordinator"]
    assert (found["state"], found["desk"]) == ("accepted", accepted["desk"])
    await taken(acnur, found, "acknowledge")
    clock.now += timedelta(days=2)
    await programme.has_caught_up(case)
    found = await programme.referral_to("ACNUR", case)
    assert [one["rung"] for one in found["escalations"] if one["clock"] == "change"] == names
