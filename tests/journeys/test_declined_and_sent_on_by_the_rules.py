"""A desk that has no room: the rules ask another agency in the same moment, and the sender is told of each step."""

import asyncio
from uuid import uuid4

import pytest

from events.vocabulary import Role
from tests.support.people.alerts import a_child_alone
from tests.support.people.people import (
    SHELTER,
    Item,
    Programme,
    an_adult,
    consent_to,
    everything_stored,
    in_the_box,
    is_a_problem,
    step,
    taken,
)
from tests.support.system.system import eventually


def who_only_fears_to_return(*asked: Item) -> Item:
    """ACNUR's alone: nothing leads to OIM."""
    return an_adult(*asked, harm_events=[])


async def declined(programme: Programme, document: Item, reason: str = "no_capacity") -> tuple[str, Item]:
    case = await programme.flag(document)
    referral = await programme.referral_to("ACNUR", case, state="requested")
    return case, await taken(await programme.desk("ACNUR"), referral, "decline", reason=reason)


async def test_what_one_desk_cannot_take_is_at_the_next_before_the_answer_is_given(programme: Programme) -> None:
    case, referral = await declined(programme, who_only_fears_to_return(consent_to("ACNUR"), consent_to("OIM")))
    assert referral["state"] == "rerouted"
    linked = (await programme.coordinator.get(f"/api/v1/referrals/{referral['linked']}")).json()
    assert (linked["agency"], linked["state"], linked["basis"]) == ("OIM", "requested", "consent")
    assert (linked["categories"], linked["replaces"]) == (["ASILO"], referral["referral_id"])
    assert len(await eventually(lambda: programme.alerts(linked))) == 1
    told = await programme.told(case, referral, "rerouted")
    assert told["version"] == referral["version"]
    await programme.told(case, linked, "requested")
    assert await programme.facts_of(referral) == ["proposed", "requested", "declined", "rerouted"]
    by = {entry["name"]: entry["actor"] for entry in await programme.history(case)}
    assert by["referral.declined"].startswith("officer:ACNUR")
    assert by["referral.rerouted"].startswith("rules:")
    assert (await taken(await programme.desk("OIM"), linked, "accept"))["state"] == "accepted"


async def test_the_next_desk_hears_nothing_the_person_did_not_allow(programme: Programme) -> None:
    case, referral = await declined(programme, who_only_fears_to_return(consent_to("ACNUR")))
    assert referral["state"] == "rerouted"
    waiting = await programme.referral_to("OIM", case, state="blocked_consent", reason="consent_not_asked")
    assert waiting["referral_id"] == referral["linked"]
    told = await programme.told(case, waiting, "blocked_consent")
    assert told["reason"] == "consent_not_asked"
    officer = await programme.desk("OIM")
    assert (await officer.get("/api/v1/referrals", params={"case": case})).json()["items"] == []
    assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
    await programme.referral_to("OIM", case, state="requested")


async def test_the_next_desk_is_told_on_the_same_grounds(programme: Programme) -> None:
    case, referral = await declined(programme, who_only_fears_to_return(consent_to("ACNUR"), consent_to("OIM")))
    linked = await programme.referral_to("OIM", case, state="requested")
    where = ("referral.requested", "disclosure")
    assert await in_the_box(programme.system, linked, *where) == await in_the_box(programme.system, referral, *where)


@pytest.mark.parametrize("reason", ["person_declined", "duplicate", "safety_conflict", "not_eligible"])
async def test_where_a_persons_word_or_safety_is_the_reason_it_waits_for_the_coordinator(
    programme: Programme, reason: str
) -> None:
    _, referral = await declined(programme, who_only_fears_to_return(consent_to("ACNUR"), consent_to("OIM")), reason)
    assert (referral["state"], referral["linked"]) == ("declined", None)
    assert (await taken(programme.coordinator, referral, "reroute", to="OIM"))["state"] == "rerouted"


async def test_an_agency_that_has_a_referral_of_the_case_gets_the_categories_with_it(
    programme: Programme,
) -> None:
    case, referral = await declined(programme, an_adult(consent_to("ACNUR"), consent_to("OIM")))
    held = await programme.referral_to("OIM", case, state="requested")
    assert (referral["state"], referral["linked"]) == ("rerouted", held["referral_id"])
    assert held["categories"] == ["ASILO", "DELITO"]
    assert await programme.facts_of(held) == ["proposed", "requested", "reassessed"]
    items = await programme.system.referrals_of(programme.coordinator, case)
    assert sorted(item["agency"] for item in items) == ["ACNUR", "OIM"]


async def test_a_child_whose_first_desk_has_no_room_is_not_left_with_a_referral_that_nobody_was_told_of(
    programme: Programme,
) -> None:
    """UNICEF was sent it in the child's best interests; OIM's waits for a consent that nobody has given."""
    case = await programme.flag(a_child_alone() | {"shelter": SHELTER})
    referral = await programme.referral_to("UNICEF", case, state="requested")
    waiting = await programme.referral_to("OIM", case, state="blocked_consent")
    referral = await taken(await programme.desk("UNICEF"), referral, "decline", reason="no_capacity")
    assert (referral["state"], referral["linked"]) == ("rerouted", waiting["referral_id"])
    assert (await programme.referral_to("OIM", case))["state"] == "blocked_consent"


async def test_what_found_no_way_is_looked_at_anew_when_the_person_says_yes(programme: Programme) -> None:
    """Nobody asks again about an agency that the person refused; they may still change their mind."""
    refused = {name: one for name, one in consent_to("OIM").items() if name in ("recipient", "purpose", "given_by")}
    refused["decision"] = "refused"
    case, referral = await declined(programme, who_only_fears_to_return(consent_to("ACNUR"), refused))
    assert (referral["state"], referral["linked"]) == ("declined", None)
    assert (await programme.consent(case, consent_to("OIM"))).status_code == 201
    linked = await programme.referral_to("OIM", case, state="requested")
    assert (linked["replaces"], linked["basis"]) == (referral["referral_id"], "consent")
    assert (await programme.referral_to("ACNUR", case))["state"] == "rerouted"


async def test_two_agencies_without_room_do_not_send_a_person_to_and_fro(programme: Programme) -> None:
    case, _ = await declined(programme, who_only_fears_to_return(consent_to("ACNUR"), consent_to("OIM")))
    linked = await programme.referral_to("OIM", case, state="requested")
    linked = await taken(await programme.desk("OIM"), linked, "decline", reason="lack_of_resources")
    assert (linked["state"], linked["linked"]) == ("declined", None)
    assert len(await programme.system.referrals_of(programme.coordinator, case)) == 2


async def test_a_decline_sent_five_times_at_once_is_one_decline_and_one_new_referral(programme: Programme) -> None:
    case = await programme.flag(who_only_fears_to_return(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    officer = await programme.desk("ACNUR")
    order = {"command_id": str(uuid4()), "reason": "no_capacity", "note": "CANARIO sin camas"}
    answers = await asyncio.gather(*(step(officer, referral, "decline", **order) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["state"] == "rerouted"
    assert len(await programme.system.referrals_of(programme.coordinator, case)) == 2
    assert not any(b"CANARIO" in state for state in (await everything_stored(programme.system)).values())


async def test_of_two_officers_at_once_one_declines_and_the_other_sees_where_it_went(programme: Programme) -> None:
    case = await programme.flag(who_only_fears_to_return(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    one, two = await programme.desk("ACNUR"), await programme.desk("ACNUR", Role.SUPERVISOR)
    answers = await asyncio.gather(
        step(one, referral, "decline", reason="out_of_area"), step(two, referral, "decline", reason="no_capacity")
    )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, won.json()["state"]) == (200, "rerouted")
    problem = is_a_problem(lost, 409, "stale_version")
    assert problem["state"] == "rerouted"
    assert problem["changed_by"].startswith("rules:")
    assert len(await programme.system.referrals_of(programme.coordinator, case)) == 2


async def test_taking_back_the_consent_to_the_next_agency_ends_what_the_rules_sent_there(
    programme: Programme,
) -> None:
    case, _ = await declined(programme, who_only_fears_to_return(consent_to("ACNUR"), consent_to("OIM")))
    await programme.referral_to("OIM", case, state="requested")
    consents = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
    (receipt,) = [one["receipt"] for one in consents if one["recipient"] == "OIM"]
    assert (await programme.withdraw(case, receipt)).status_code == 200
    await programme.referral_to("OIM", case, state="withdrawn")
