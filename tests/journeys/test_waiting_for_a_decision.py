"""What waits for a person's decision: who is told that nobody asked, and what a consent sends and does not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from events.vocabulary import Role
from services.system import Installation
from tests.support.people.alerts import Clock
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, in_the_box
from tests.support.system.system import eventually, running

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def programme(installation: Installation, clock: Clock) -> AsyncIterator[Programme]:
    async with running(installation, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        yield Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


def now(document: Item, clock: Clock) -> Item:
    return document | {"occurred_at": clock.now.isoformat()}


async def climbed(programme: Programme, case: str, agency: str, *steps: str) -> Item:
    """The referral, once just these steps of the time to ask were taken."""

    async def look() -> Item | None:
        referral = await programme.referral_to(agency, case)
        found = [one["rung"] for one in referral["escalations"] if one["clock"] == "waiting"]
        return referral if found == list(steps) else None

    found = await eventually(look)
    assert found is not None
    return found


async def waiting(programme: Programme, case: str) -> list[Item]:
    answer = (await programme.coordinator.get("/api/v1/silence")).json()
    return [one for one in answer["waiting_longest"] if one["case_id"] == case]


async def test_whom_nobody_asks_is_told_to_the_shelter_its_coordinator_and_the_programmes(
    programme: Programme, clock: Clock
) -> None:
    document = now(an_adult(missing_relative="yes", planned_departure="staying", fear_of_return="no"), clock)
    began = clock.now
    case = await programme.flag(document)
    first = await climbed(programme, case, "OIM", "nothing_sent")
    assert (first["state"], first["reason"], first["urgency"]) == ("blocked_consent", "consent_not_asked", "U1")
    assert first["waiting"]["ask_by"] is not None
    (shown,) = await waiting(programme, case)
    assert (shown["reason"], shown["agency"], shown["shelter"]) == ("consent_not_asked", "OIM", SHELTER)
    for after, steps in (
        (HOUR, ("nothing_sent", "ask")),
        (2 * HOUR, ("nothing_sent", "ask", "ask_coordinator")),
        (4 * HOUR, ("nothing_sent", "ask", "ask_coordinator", "ask_programme")),
    ):
        clock.now = began + after + MINUTE
        referral = await climbed(programme, case, "OIM", *steps)
    told = [one["whom"] for one in referral["escalations"]]
    assert told == [["shelter", "coordinator"], ["shelter"], ["shelter_coordinator"], ["coordinator"]]
    officer = await programme.desk("OIM")
    assert case not in {one["case_id"] for one in (await officer.get("/api/v1/referrals")).json()["items"]}
    assert referral["referral_id"] not in {
        one["referral_id"] for one in (await officer.get("/api/v1/alerts")).json()["items"]
    }, "who was not sent it does not learn that it waits"
    supervisor = await programme.desk("OIM", Role.SUPERVISOR)
    silence = (await supervisor.get("/api/v1/silence")).json()
    assert (silence["waiting"], silence["waiting_longest"]) == ([], [])
    assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
    sent = await programme.referral_to("OIM", case, state="requested")
    assert sent["waiting"] is None
    assert await waiting(programme, case) == []
    (mine,) = [one for one in (await officer.get("/api/v1/referrals")).json()["items"] if one["case_id"] == case]
    assert mine["escalations"] == [], "what was before it was sent is not the agency's"


async def test_the_coordinator_and_the_shelter_find_what_waits_and_why(programme: Programme, clock: Clock) -> None:
    asked = (consent_to("ACNUR", "refused"), consent_to("OIM", purpose="health"))
    case = await programme.flag(now(an_adult(*asked), clock))
    await programme.referral_to("OIM", case, state="blocked_consent", reason="purpose_too_narrow")
    for client in (programme.coordinator, programme.shelter):
        found: dict[str, set[str]] = {}
        for reason in ("purpose_too_narrow", "consent_refused", "consent_not_asked"):
            query = {"state": "blocked_consent", "reason": reason, "shelter": SHELTER}
            items = (await client.get("/api/v1/referrals", params=query)).json()["items"]
            found[reason] = {one["agency"] for one in items if one["case_id"] == case}
        assert found == {"purpose_too_narrow": {"OIM"}, "consent_refused": {"ACNUR"}, "consent_not_asked": set()}
        other = await client.get("/api/v1/referrals", params={"shelter": "ALB-TAP-01"})
        assert case not in {one["case_id"] for one in other.json()["items"]}
    assert [one["reason"] for one in await waiting(programme, case)] == ["purpose_too_narrow"]
    groups = (await programme.coordinator.get("/api/v1/silence")).json()["waiting"]
    (group,) = [one for one in groups if one["reason"] == "purpose_too_narrow"]
    assert (group["shelter"], group["count"], group["urgency"]) == (SHELTER, 1, "U2")


async def test_for_whom_a_case_of_a_restricted_category_waits_is_not_in_the_list(
    programme: Programme, clock: Clock
) -> None:
    harm = [{"kind": "sexual_violence", "when": "older"}]
    case = await programme.flag(now(an_adult(harm_events=harm, fear_of_return="no"), clock))
    await programme.referral_to("UNFPA", case, state="blocked_consent")
    assert [one["agency"] for one in await waiting(programme, case)] == [None]


async def test_a_departure_in_a_few_hours_halves_the_time_to_ask(programme: Programme, clock: Clock) -> None:
    case = await programme.flag(now(an_adult(planned_departure="today"), clock))
    referral = await programme.referral_to("ACNUR", case, state="blocked_consent")
    assert referral["urgency"] == "U2"
    clock.now += 47 * MINUTE
    await climbed(programme, case, "ACNUR", "ask")


async def test_a_consent_for_return_sends_no_asylum_claim_and_one_for_protection_does(
    programme: Programme, clock: Clock
) -> None:
    case = await programme.flag(now(an_adult(consent_to("ACNUR", purpose="return")), clock))
    referral = await programme.referral_to("ACNUR", case, state="blocked_consent", reason="purpose_too_narrow")
    assert referral["uncovered"] == ["ASILO"]
    shown = await programme.told(case, referral, "blocked_consent")
    assert (shown["reason"], shown["uncovered"]) == ("purpose_too_narrow", ["ASILO"])
    assert shown["ask_by"] == referral["waiting"]["ask_by"]
    assert shown["missing"]["es"] == "El consentimiento se dio para otro fin. Pregunte si lo da también para esto."
    entries = await programme.history(case)
    text = next(
        one["es"] for one in entries if one["name"] == "referral.blocked" and one["stream"] == referral["referral_id"]
    )
    assert "El consentimiento no cubre temor de regresar." in text
    await programme.consent(case, consent_to("ACNUR"))
    await programme.referral_to("ACNUR", case, state="requested", uncovered=[])


async def test_an_agency_learns_of_what_the_purpose_covers_and_of_nothing_else(
    programme: Programme, clock: Clock
) -> None:
    document = now(an_adult(consent_to("OIM", purpose="legal"), distress="plan", fear_of_return="no"), clock)
    case = await programme.flag(document)
    referral = await programme.referral_to("OIM", case, state="requested")
    assert (referral["categories"], referral["uncovered"]) == (["DELITO", "SM"], ["SM"])
    shown = await programme.told(case, referral, "requested")
    assert (shown["categories"], shown["uncovered"], shown["urgency"]) == (["DELITO", "SM"], ["SM"], "U2")
    officer = await programme.desk("OIM")
    (mine,) = [one for one in (await officer.get("/api/v1/referrals")).json()["items"] if one["case_id"] == case]
    assert (mine["categories"], mine["uncovered"], mine["urgency"]) == (["DELITO"], [], "U2")
    (status,) = (await officer.get(f"/api/v1/cases/{case}")).json()["referrals"]
    assert (status["categories"], status["uncovered"], status["urgency"]) == (["DELITO"], [], "U2")
    assert status["missing"] is None
    read = await officer.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
    assert "distress" not in read.json()["disclosed"]
    assert "distress" not in await in_the_box(programme.system, referral, "referral.requested", "disclosure")
    alerts = [
        one
        for one in (await officer.get("/api/v1/alerts")).json()["items"]
        if one["referral_id"] == mine["referral_id"]
    ]
    assert {one["urgency"] for one in alerts} <= {"U2"}
    await programme.consent(case, consent_to("OIM", purpose="health"))
    await programme.referral_to("OIM", case, uncovered=[], urgency="U0")

    async def widened() -> Any:
        answer = await officer.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
        return answer.json()["disclosed"].get("distress") == "plan"

    await eventually(widened)


async def test_taking_one_of_two_consents_back_closes_what_both_had_opened(programme: Programme, clock: Clock) -> None:
    asked = (consent_to("OIM", purpose="legal"),)
    case = await programme.flag(now(an_adult(*asked, distress="acute", fear_of_return="no"), clock))
    referral = await programme.referral_to("OIM", case, state="requested")
    given = (await programme.consent(case, consent_to("OIM", purpose="health"))).json()["receipt"]
    await programme.referral_to("OIM", case, uncovered=[])
    officer = await programme.desk("OIM")
    path = f"/api/v1/referrals/{referral['referral_id']}/disclosure"
    assert (await officer.get(path)).json()["disclosed"]["distress"] == "acute"
    assert (await programme.withdraw(case, given)).status_code == 200
    answer = await officer.get(path)
    assert answer.status_code != 200 or "distress" not in answer.json()["disclosed"]


async def test_a_person_who_wants_time_is_left_alone_until_then_and_asked_for_again_afterwards(
    programme: Programme, clock: Clock
) -> None:
    document = now(an_adult(missing_relative="yes", planned_departure="staying", fear_of_return="no"), clock)
    case = await programme.flag(document)
    await climbed(programme, case, "OIM", "nothing_sent")
    until = clock.now + DAY
    later = {**consent_to("OIM", "wants_time"), "until": until.isoformat()}
    assert (await programme.consent(case, later)).status_code == 201
    referral = await programme.referral_to("OIM", case, state="blocked_consent", reason="wants_time")
    await programme.has_caught_up(case)
    shown = await programme.told(case, referral, "blocked_consent")
    assert shown["reason"] == "wants_time"
    assert shown["until"] is not None
    clock.now += DAY - MINUTE
    await programme.has_caught_up(case)
    await climbed(programme, case, "OIM", "nothing_sent")
    clock.now = until + HOUR + MINUTE
    await climbed(programme, case, "OIM", "nothing_sent", "ask")
    await programme.consent(case, consent_to("OIM"))
    await programme.referral_to("OIM", case, state="requested")
