"""A consent that runs out is no refusal: nobody reads on it, and it is asked for again."""

from datetime import UTC, datetime, timedelta

import httpx2

from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.people import Item, Programme, an_adult, consent_to, is_a_problem, step, taken
from tests.support.system.system import eventually


def until(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


async def sent_until(programme: Programme, **time: float) -> tuple[str, Item]:
    """A case whose person consented to ACNUR until then."""
    case = await programme.flag(an_adult())
    given = await programme.consent(case, consent_to("ACNUR", expires_at=until(**time)))
    assert given.status_code == 201
    return case, await programme.referral_to("ACNUR", case, state="requested")


async def reads(officer: httpx2.AsyncClient, referral: Item) -> httpx2.Response:
    return await officer.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")


async def has_happened(programme: Programme, referral: Item, name: str) -> list[str]:
    """The referral's facts, once this one is among them."""

    async def look() -> list[str] | None:
        facts = await programme.facts_of(referral)
        return facts if name in facts else None

    found = await eventually(look)
    assert found is not None
    return found


async def test_both_sides_are_alerted_a_day_before(in_time: Programme, clock: AdjustableClock) -> None:
    _, referral = await sent_until(in_time, hours=30)
    await taken(await in_time.desk("ACNUR"), referral, "accept")
    clock.ahead = timedelta(hours=7)
    await has_happened(in_time, referral, "escalated")
    entries = [one["data"] for one in await in_time.history(referral["case_id"]) if one["name"] == "referral.escalated"]
    (told,) = [one for one in entries if one["rung"] == "consent_expires"]
    assert (told["clock"], told["whom"]) == ("consent", ["shelter", "desk"])
    assert (await in_time.referral_to("ACNUR", referral["case_id"]))["state"] == "accepted"


async def test_what_nobody_has_taken_waits_again_and_goes_out_when_the_person_consents_again(
    in_time: Programme, clock: AdjustableClock
) -> None:
    case, referral = await sent_until(in_time, hours=2)
    officer = await in_time.desk("ACNUR")
    clock.ahead = timedelta(hours=2)
    is_a_problem(await reads(officer, referral), 410, "disclosure_closed")
    waits = await in_time.referral_to("ACNUR", case, state="blocked_consent", reason="consent_expired")
    is_a_problem(await step(officer, waits, "accept"), 409, "illegal_step")
    blocked = [one["data"] for one in await in_time.history(case) if one["name"] == "referral.blocked"][-1]
    assert datetime.fromisoformat(blocked["ask_by"]) > datetime.now(UTC) + clock.ahead
    assert (await in_time.consent(case, consent_to("ACNUR"))).status_code == 201
    again = await in_time.referral_to("ACNUR", case, state="requested", referral_id=referral["referral_id"])
    assert (await reads(officer, again)).status_code == 200
    assert (await taken(officer, again, "accept"))["state"] == "accepted"


async def test_what_waits_again_ends_with_the_persons_no_and_what_was_told_is_deleted(
    in_time: Programme, clock: AdjustableClock
) -> None:
    case, _ = await sent_until(in_time, hours=2)
    clock.ahead = timedelta(hours=2)
    await in_time.referral_to("ACNUR", case, state="blocked_consent", reason="consent_expired")
    await in_time.consent(case, consent_to("ACNUR", "refused"))
    ended = await in_time.referral_to("ACNUR", case, state="withdrawn")
    assert ended["deletion"]["due"]


async def test_what_was_accepted_stays_accepted_nobody_reads_and_it_goes_on_when_it_is_renewed(
    in_time: Programme, clock: AdjustableClock
) -> None:
    case, referral = await sent_until(in_time, hours=2)
    officer = await in_time.desk("ACNUR")
    referral = await taken(officer, referral, "accept")
    clock.ahead = timedelta(hours=2)
    await has_happened(in_time, referral, "consent_lapsed")
    assert (await in_time.referral_to("ACNUR", case))["state"] == "accepted"
    lapsed = await in_time.referral_to("ACNUR", case)
    assert lapsed["consent"]["renew_by"] > lapsed["consent"]["lapsed_at"]
    is_a_problem(await reads(officer, referral), 410, "disclosure_closed")
    clock.ahead = timedelta(hours=60)
    await in_time.consent(case, consent_to("ACNUR"))
    await has_happened(in_time, referral, "disclosure_renewed")
    assert (await reads(officer, referral)).status_code == 200
    clock.ahead = timedelta(hours=100)
    await in_time.has_caught_up(case)
    assert (await in_time.referral_to("ACNUR", case))["state"] == "accepted"


async def test_what_was_accepted_is_withdrawn_if_nobody_renews_it_in_three_days(
    in_time: Programme, clock: AdjustableClock
) -> None:
    case, referral = await sent_until(in_time, hours=2)
    await taken(await in_time.desk("ACNUR"), referral, "accept")
    clock.ahead = timedelta(hours=2)
    await has_happened(in_time, referral, "consent_lapsed")
    clock.ahead = timedelta(hours=73)
    assert (await in_time.referral_to("ACNUR", case))["state"] == "accepted"
    clock.ahead = timedelta(hours=75)
    ended = await in_time.referral_to("ACNUR", case, state="withdrawn")
    assert ended["deletion"]["due"]
    (said,) = [one["data"] for one in await in_time.history(case) if one["name"] == "referral.withdrawn"]
    assert (said["reason"], said["outcome"]) == ("consent_expired", "unknown")
    assert ended["outcome"] == "unknown"  # nobody declined anything
    await in_time.consent(case, consent_to("ACNUR"))
    again = await in_time.referral_to("ACNUR", case, state="requested")
    assert again["referral_id"] != ended["referral_id"]


async def test_another_consent_holds_it_silently(in_time: Programme, clock: AdjustableClock) -> None:
    """One for another purpose, of the same person: the referral rests on it as soon as the first runs out."""
    case, referral = await sent_until(in_time, hours=2)
    officer = await in_time.desk("ACNUR")
    referral = await taken(officer, referral, "accept")
    await in_time.consent(case, consent_to("ACNUR", purpose="legal"))
    await has_happened(in_time, referral, "disclosure_renewed")
    clock.ahead = timedelta(hours=2)

    async def reads_again() -> bool:
        return (await reads(officer, referral)).status_code == 200

    await eventually(reads_again)
    facts = await in_time.facts_of(referral)
    assert "consent_lapsed" not in facts
    assert (await in_time.referral_to("ACNUR", case))["state"] == "accepted"


async def test_an_outage_takes_nobodys_time_to_renew_away(in_time: Programme, clock: AdjustableClock) -> None:
    """Nothing ran for a week: the person is still asked, and has the three days."""
    case, referral = await sent_until(in_time, hours=2)
    await taken(await in_time.desk("ACNUR"), referral, "accept")
    clock.ahead = timedelta(days=7)
    await has_happened(in_time, referral, "consent_lapsed")
    await in_time.has_caught_up(case)
    assert (await in_time.referral_to("ACNUR", case))["state"] == "accepted"
    clock.ahead = timedelta(days=10, minutes=5)
    await in_time.referral_to("ACNUR", case, state="withdrawn")
