"""A withdrawal made with the slip freezes: nobody reads or accepts, the clocks stand, somebody checks."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx2
import pytest

from tests.support.builders.slips import checked, slip_of, takes_back
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.alerted import alert_in
from tests.support.people.people import Item, Programme, a_child_alone, an_adult, consent_to, is_a_problem, step, taken
from tests.support.system.system import HANG, eventually


@pytest.fixture
async def anybody(in_time: Programme) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=in_time.system.url, timeout=HANG) as client:
        yield client


async def frozen(programme: Programme, anybody: httpx2.AsyncClient, case: str, **changes: str) -> None:
    """Somebody with slip and word takes consent back."""
    slip = await slip_of(programme.shelter, case)
    assert (await takes_back(anybody, slip, **changes)).status_code == 202
    await programme.has_caught_up(case)


async def of(programme: Programme, case: str, name: str) -> list[Item]:
    return [one["data"] for one in await programme.history(case) if one["name"] == f"referral.{name}"]


async def test_nobody_reads_or_accepts_and_the_shelter_has_a_clock(
    in_time: Programme, anybody: httpx2.AsyncClient, clock: AdjustableClock
) -> None:
    case = await in_time.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
    referral = await in_time.referral_to("ACNUR", case, state="requested")
    await in_time.referral_to("OIM", case, state="requested")
    await frozen(in_time, anybody, case, recipient="ACNUR")
    (froze,) = await of(in_time, case, "frozen")
    assert froze["agency"] == "ACNUR"
    await alert_in(in_time.shelter, about="freeze", referral_id=referral["referral_id"], state="pending")
    officer = await in_time.desk("ACNUR")
    now = await in_time.referral_to("ACNUR", case, state="requested")
    assert now["frozen"]["check_by"] > now["frozen"]["since"]
    is_a_problem(await step(officer, now, "accept"), 409, "nobody_may_read")
    read = await officer.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
    is_a_problem(read, 410, "disclosure_closed")
    clock.ahead = timedelta(hours=30)
    unchecked = [one for one in await _escalations(in_time, case, "unchecked_for_a_day") if one["agency"] == "ACNUR"]
    assert unchecked[0]["whom"] == ["shelter_coordinator", "coordinator"]
    assert (await in_time.referral_to("ACNUR", case))["state"] == "requested"  # its time to decide stands


async def _escalations(programme: Programme, case: str, rung: str) -> list[Item]:

    async def look() -> list[Item]:
        return [one for one in await of(programme, case, "escalated") if one["rung"] == rung]

    return await eventually(look)


async def test_dismissed_it_opens_again_with_later_deadlines(
    in_time: Programme, anybody: httpx2.AsyncClient, clock: AdjustableClock
) -> None:
    case = await in_time.flag(an_adult(consent_to("ACNUR"), removal_risk="yes"))
    before = await in_time.referral_to("ACNUR", case, state="requested", urgency="U1")
    await frozen(in_time, anybody, case)
    clock.ahead = timedelta(hours=5)
    assert (await checked(in_time.coordinator, case, "dismissed")).status_code == 200
    await in_time.has_caught_up(case)
    after = await in_time.referral_to("ACNUR", case)
    moved = _decide(after) - _decide(before)
    assert timedelta(hours=4, minutes=55) < moved < timedelta(hours=5, minutes=5)
    officer = await in_time.desk("ACNUR")
    assert (await taken(officer, after, "accept"))["state"] == "accepted"
    read = await officer.get(f"/api/v1/referrals/{after['referral_id']}/disclosure")
    assert read.status_code == 200


def _decide(referral: Item) -> datetime:
    return datetime.fromisoformat(referral["deadlines"]["decide_by"])


async def test_confirmed_it_ends_what_rested_on_consent_and_on_danger(
    in_time: Programme, anybody: httpx2.AsyncClient
) -> None:
    case = await in_time.flag(an_adult(consent_to("ACNUR"), consent_to("OIM", "cannot_decide"), danger_now="yes"))
    await in_time.referral_to("ACNUR", case, state="requested", basis="consent")
    await in_time.referral_to("OIM", case, state="requested", basis="vital_interest")
    await frozen(in_time, anybody, case)
    assert (await checked(in_time.shelter, case, "confirmed")).status_code == 200
    for agency in ("ACNUR", "OIM"):
        ended = await in_time.referral_to(agency, case, state="withdrawn")
        assert ended["deletion"]["due"]
    reasons = {one["agency"]: one["reason"] for one in await of(in_time, case, "withdrawn")}
    assert reasons == {"ACNUR": "consent_withdrawn", "OIM": "refused"}


async def test_confirmed_by_a_child_two_people_decide_about_what_protects_it(
    in_time: Programme, anybody: httpx2.AsyncClient
) -> None:
    case = await in_time.flag(a_child_alone())
    referral = await in_time.referral_to("UNICEF", case, state="requested", basis="best_interests")
    await frozen(in_time, anybody, case)
    assert (await checked(in_time.shelter, case, "confirmed")).status_code == 200
    await in_time.has_caught_up(case)
    facts = [name for name in await in_time.facts_of(referral) if name != "escalated"]
    assert facts == ["proposed", "requested", "frozen", "unfrozen", "withdrawal_contested"]
    assert (await in_time.referral_to("UNICEF", case))["state"] == "requested"


async def test_what_comes_to_it_meanwhile_waits_and_has_the_clock_too(
    in_time: Programme, anybody: httpx2.AsyncClient
) -> None:
    document = an_adult(consent_to("ACNUR"), consent_to("UNODC"))
    case = await in_time.flag(document)
    await in_time.referral_to("ACNUR", case, state="requested")
    await frozen(in_time, anybody, case)
    document["screening"]["smuggling_indicators"] = ["abandoned"]
    assert (await in_time.amend(case, document)).status_code == 200
    waits = await in_time.referral_to("UNODC", case, state="blocked_consent", reason="frozen")
    assert "frozen" in await in_time.facts_of(waits)
    assert (await checked(in_time.coordinator, case, "dismissed")).status_code == 200
    await in_time.referral_to("UNODC", case, state="requested")
