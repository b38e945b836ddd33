"""What changes after a case was sent reaches whoever has it: more urgent, corrected, ended, handed over."""

from copy import deepcopy
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.operations.rebuild import rebuild
from services.system import MODELS
from tests.support.builders.slips import NEXT_SHELTER, arrives, case_as, slip_of
from tests.support.people.people import Item, Programme, an_adult, consent_to, is_a_problem, step, taken


def amended(document: Item, **answers: Any) -> Item:
    changed = deepcopy(document)
    changed["screening"] |= answers
    return changed


async def disclosed(desk: httpx2.AsyncClient, referral: Item) -> Item:
    answer = await desk.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
    assert answer.status_code == 200, answer.text
    found: Item = answer.json()
    return found


@pytest.mark.parametrize("answered", ["acknowledge", "accept"])
async def test_who_answered_learns_that_it_became_more_urgent_and_says_that_they_have_seen_it(
    programme: Programme, answered: str
) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    acnur = await programme.desk("ACNUR")
    before = await taken(acnur, await programme.referral_to("ACNUR", case, state="requested"), answered)
    assert (await programme.amend(case, amended(document, danger_now="yes"))).status_code == 200
    after = await programme.referral_to("ACNUR", case, urgency="U0")
    assert after["state"] == before["state"]
    assert after["unseen_change"]["urgent"]
    refused = is_a_problem(await step(acnur, before, "decline", reason="not_eligible"), 409, "stale_version")
    assert refused["version"] == after["version"]
    seen = await step(acnur, after, "acknowledge")
    assert (seen.status_code, seen.json()["state"]) == (200, before["state"])
    found = (await acnur.get(f"/api/v1/referrals/{after['referral_id']}")).json()
    assert (found["state"], found["unseen_change"]) == (before["state"], None)
    again = is_a_problem(await step(acnur, found, "acknowledge"), 409, "illegal_step")
    assert "acknowledge" not in again["legal_steps"]
    names = await programme.facts_of(after)
    assert names[-2:] == ["reassessed", "change_seen"]
    told = {one["es"] for one in await programme.history(case) if one["name"] == "referral.change_seen"}
    assert told == {"La mesa de ACNUR vio lo que cambió."}


async def test_a_repeated_acknowledgement_of_a_change_is_one(programme: Programme) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    acnur = await programme.desk("ACNUR")
    await taken(acnur, await programme.referral_to("ACNUR", case, state="requested"), "accept")
    await programme.amend(case, amended(document, danger_now="yes"))
    after = await programme.referral_to("ACNUR", case, urgency="U0")
    order = str(uuid4())
    first = await step(acnur, after, "acknowledge", command_id=order)
    again = await step(acnur, after, "acknowledge", command_id=order)
    assert (again.status_code, again.json()) == (200, first.json())
    is_a_problem(await step(acnur, after, "start", command_id=order), 409, "command_id_reused")


async def test_what_was_disclosed_and_corrected_is_read_right_and_marked(programme: Programme) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    acnur = await programme.desk("ACNUR")
    accepted = await taken(acnur, await programme.referral_to("ACNUR", case, state="requested"), "accept")
    corrected = {"language": "mam", "interpreter_needed": True, "safe_contact": "do_not_contact", "age_band": "60+"}
    assert (await disclosed(acnur, accepted))["changed"] == []
    await programme.amend(case, amended(document, **corrected))
    after = await programme.referral_to("ACNUR", case, version=accepted["version"] + 1)
    assert (after["state"], after["urgency"]) == ("accepted", "U2")
    assert not after["unseen_change"]["urgent"]
    page = await disclosed(acnur, after)
    assert corrected.items() <= page["disclosed"].items()
    assert page["changed"] == sorted(corrected)
    await taken(acnur, after, "start")
    assert (await disclosed(acnur, after))["changed"] == []


async def test_what_is_new_after_a_referral_has_ended_is_sent_to_the_agency_again(programme: Programme) -> None:
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    acnur = await programme.desk("ACNUR")
    accepted = await taken(acnur, await programme.referral_to("ACNUR", case, state="requested"), "accept")
    delivered = await taken(acnur, accepted, "deliver", outcome="service_delivered")
    await taken(programme.shelter, delivered, "confirm", confirmation="yes")
    await programme.amend(case, amended(document, danger_now="yes", self_declared=["lgbtiq"]))
    following = await programme.referral_to("ACNUR", case, state="requested", urgency="U0")
    assert following["follows"] == accepted["referral_id"]
    assert following["categories"] == ["ASILO", "LGBTIQ"]
    assert (await step(acnur, following, "accept")).status_code == 200
    assert "followed" in await programme.facts_of(accepted)


async def test_consent_again_after_a_withdrawal_sends_it_again(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    first = await programme.referral_to("ACNUR", case, state="requested")
    receipt = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"][0]["receipt"]
    assert (await programme.withdraw(case, receipt)).status_code in (200, 204)
    await programme.referral_to("ACNUR", case, state="withdrawn")
    assert (await programme.consent(case, consent_to("ACNUR"))).status_code in (200, 201)
    following = await programme.referral_to("ACNUR", case, state="requested")
    assert following["follows"] == first["referral_id"]


async def test_the_next_shelter_is_named_its_desk_is_asked_and_it_sees_what_it_was_let_know(
    own_programme: Programme,
) -> None:
    programme = own_programme
    next_one = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")
    document = an_adult(
        consent_to("ACNUR"),
        consent_to("OIM"),
        consent_to("UNFPA"),
        self_declared=["lgbtiq"],
        harm_events=[{"kind": "sexual_violence", "when": "older"}, {"kind": "robbery", "when": "72h"}],
    )
    case = await programme.flag(document)
    undecided = await programme.referral_to("ACNUR", case, state="requested")
    oim, acnur, unfpa = [await programme.desk(agency) for agency in ("OIM", "ACNUR", "UNFPA")]
    accepted = await taken(oim, await programme.referral_to("OIM", case, state="requested"), "accept")
    failed = await taken(unfpa, await programme.referral_to("UNFPA", case, state="requested"), "accept")
    await taken(unfpa, failed, "fail", outcome="no_show")
    arrived = await arrives(next_one, await slip_of(programme.shelter, case), consent={"fields": ["language"]})
    assert arrived.status_code == 201
    moved = await programme.referral_to("ACNUR", case, shelter=NEXT_SHELTER)
    assert moved["deadlines"] == undecided["deadlines"]
    assert (await disclosed(acnur, moved))["disclosed"]["shelter"] == NEXT_SHELTER
    kept = await programme.referral_to("OIM", case, shelter=NEXT_SHELTER)
    assert (kept["state"], kept["desk"], kept["unseen_change"]["urgent"]) == ("accepted", accepted["desk"], False)
    page = await disclosed(oim, kept)
    assert (page["disclosed"]["shelter"], page["changed"]) == (NEXT_SHELTER, ["shelter"])
    for _ in range(2):  # at once, and when all of it has been reacted to
        seen = await case_as(next_one, case)
        found = {one["agency"]: one["categories"] for one in seen["referrals"]}
        assert found == {"ACNUR": [], "OIM": [], "UNFPA": []}
        await programme.has_caught_up(case)
    listed = (await next_one.get("/api/v1/referrals", params={"case": case})).json()["items"]
    assert {one["agency"]: one["categories"] for one in listed} == {"ACNUR": [], "OIM": []}
    assert (await acnur.get(f"/api/v1/referrals/{moved['referral_id']}")).json()["categories"] == ["ASILO", "LGBTIQ"]
    assert (await case_as(acnur, case))["referrals"][0]["categories"] == ["ASILO", "LGBTIQ"]
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    for service in ("intake", "referral"):
        built = await rebuild(dsn.get_secret_value(), service, MODELS[service], swap=False)
        assert not any(built.differing.values()), built.differing


async def test_the_shelter_before_learns_nothing_of_what_followed_after_the_handover(programme: Programme) -> None:
    next_one = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")
    document = an_adult(consent_to("ACNUR"))
    case = await programme.flag(document)
    acnur = await programme.desk("ACNUR")
    accepted = await taken(acnur, await programme.referral_to("ACNUR", case, state="requested"), "accept")
    await taken(acnur, accepted, "fail", outcome="no_show")
    path = f"/api/v1/referrals/{accepted['referral_id']}"
    before = (await programme.shelter.get(path)).json()
    assert (await arrives(next_one, await slip_of(programme.shelter, case))).status_code == 201
    worse = amended(document, danger_now="yes") | {"shelter": NEXT_SHELTER, "worker": "w-101"}
    body = {"command_id": str(uuid4()), "submission": worse}
    assert (await next_one.post(f"/api/v1/cases/{case}/amendments", json=body)).status_code == 200
    following = await programme.referral_to("ACNUR", case, state="requested")
    assert following["follows"] == accepted["referral_id"]
    after = (await programme.shelter.get(path)).json()
    assert (after["linked"], after["changed_at"]) == (None, before["changed_at"])
    is_a_problem(await programme.shelter.get(f"/api/v1/referrals/{following['referral_id']}"), 404, "not_found")
