"""A family is shown and handed over together and never merged; who looks like somebody else is for people to say."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from tests.harness.on_the_way import AGREED, NEXT_SHELTER, WORD, arrives, case_as, slip_of
from tests.harness.people import SHELTER, Item, Programme, an_adult, consent_to, everything_stored, is_a_problem
from tests.harness.system import eventually

PERSON = {"name": "Canario Nombre Ñandú", "birth_date": "1987-03-29", "document": "DPI 4417-2290", "phone": "55881304"}


def a_child(**answers: Any) -> Item:
    document = an_adult()
    screening = {name: said for name, said in document["screening"].items() if name != "travelling"}
    screening |= {"age_band": "6-11", "accompaniment": "parent_or_guardian", **answers}
    return document | {"screening": screening}


@pytest.fixture
async def next_one(programme: Programme) -> httpx2.AsyncClient:
    return await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")


def of_the_family(slip: str, **consent: Any) -> Item:
    return {"slip": slip, "word": WORD, "consent": AGREED | consent}


async def test_a_family_is_shown_to_its_shelter_and_to_no_other_and_goes_on_together_or_not_at_all(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    mother = await programme.flag(an_adult(family_group="f-12"))
    child = await programme.flag(a_child(family_group="f-12"))
    alone = await programme.flag(an_adult(family_group="f-13"))
    other = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01", "w-009")
    same_link = an_adult(family_group="f-12") | {"shelter": "ALB-IXT-01"}
    assert (await other.post("/api/v1/submissions", json=same_link)).status_code == 201
    assert (await case_as(programme.shelter, mother))["family"] == [child]
    assert (await case_as(programme.shelter, child))["family"] == [mother]
    assert (await case_as(programme.shelter, alone))["family"] == []

    slips = {case: await slip_of(programme.shelter, case) for case in (mother, child, alone)}
    stranger = of_the_family(slips[alone])
    is_a_problem(await arrives(next_one, slips[mother], family=[stranger]), 409, "not_one_family")
    own = of_the_family(slips[child])
    is_a_problem(await arrives(next_one, slips[mother], family=[own]), 409, "consent_not_valid")
    assert (await case_as(programme.shelter, mother))["handed_over"] is False  # neither went without the other

    taken = await arrives(next_one, slips[mother], family=[of_the_family(slips[child], given_by="guardian")])
    assert taken.status_code == 201
    assert [one["case_id"] for one in taken.json()["cases"]] == [mother, child]
    assert (await case_as(next_one, mother))["family"] == [child]
    for case in (mother, child):
        assert (await case_as(programme.shelter, case))["handed_over"] is True


async def test_a_member_who_stayed_is_not_shown_to_the_shelter_that_the_others_reached(
    programme: Programme, next_one: httpx2.AsyncClient
) -> None:
    gone, stayed = [await programme.flag(an_adult(family_group="f-40")) for _ in range(2)]
    assert (await arrives(next_one, await slip_of(programme.shelter, gone))).status_code == 201
    assert (await case_as(next_one, gone))["family"] == []
    assert (await case_as(programme.shelter, stayed))["family"] == []


@pytest.mark.parametrize(
    ("answers", "consent", "answered"),
    [
        ({}, {"given_by": "guardian"}, 201),
        (
            {"harm_events": [{"kind": "assault", "when": "30d", "perpetrator": "family"}]},
            {"given_by": "guardian"},
            409,
        ),
        ({"accompaniment": "alone"}, {"given_by": "guardian"}, 409),
        ({"accompaniment": "alone"}, {"given_by": "self"}, 409),
        ({"accompaniment": "alone"}, {"best_interests": {"assent": "yes", "basis": "assessment_started"}}, 201),
        ({}, {"best_interests": {"assent": "yes", "basis": "assessment_started"}}, 409),
        ({"age_band": "15-17", "accompaniment": "alone"}, {"given_by": "self"}, 201),
    ],
    ids=["guardian", "the family did harm", "no guardian there", "too young", "heard", "guarded", "fifteen"],
)
async def test_a_child_goes_along_by_the_word_of_whoever_may_give_it(
    programme: Programme, next_one: httpx2.AsyncClient, answers: Item, consent: Item, answered: int
) -> None:
    case = await programme.flag(a_child(**answers))
    answer = await arrives(next_one, await slip_of(programme.shelter, case), consent=consent)
    assert answer.status_code == answered, answer.text


async def pairs(shelter: httpx2.AsyncClient) -> list[Item]:
    items: list[Item] = (await shelter.get("/api/v1/duplicates")).json()["items"]
    return items


async def test_two_cases_that_look_alike_are_a_pair_with_its_reasons_until_somebody_decides(
    programme: Programme,
) -> None:
    first = await programme.flag(an_adult() | {"person": PERSON})
    written_otherwise = {**PERSON, "name": "  CANARIO nombre ñandu", "document": "dpi44172290"}
    later = await programme.flag(an_adult() | {"person": written_otherwise})
    await programme.flag(an_adult() | {"person": {"name": PERSON["name"]}})  # a name alone is many people's
    elsewhere = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01", "w-009")
    theirs = an_adult() | {"person": PERSON, "shelter": "ALB-IXT-01"}
    assert (await elsewhere.post("/api/v1/submissions", json=theirs)).status_code == 201
    restricted = {"harm_events": [{"kind": "gender_violence", "when": "older"}]}
    await programme.flag(an_adult(**restricted) | {"person": PERSON})
    await programme.has_caught_up(first)

    (pair,) = await eventually(lambda: pairs(programme.shelter))
    reasons = ["same_document", "same_name_and_birth_date", "same_phone", "same_day"]
    assert pair == {"first": first, "later": later, "reasons": reasons}
    assert await pairs(elsewhere) == []

    decision = {"command_id": str(uuid4()), "first": later, "later": first, "decision": "same"}
    is_a_problem(await elsewhere.post("/api/v1/duplicates", json=decision), 404, "not_found")
    done = await programme.shelter.post("/api/v1/duplicates", json=decision)
    assert done.json() == {"first": first, "later": later, "decision": "same"}
    assert (await programme.shelter.post("/api/v1/duplicates", json=decision)).json() == done.json()
    changed = decision | {"decision": "different"}
    is_a_problem(await programme.shelter.post("/api/v1/duplicates", json=changed), 409, "command_id_reused")
    assert await pairs(programme.shelter) == []
    for case, other in ((first, later), (later, first)):
        shown = await case_as(programme.shelter, case)
        assert shown["same_person"] == [other]
        assert {one["agency"] for one in shown["referrals"]} == {"ACNUR", "OIM"}  # nothing is merged or closed by it
    again = decision | {"command_id": str(uuid4()), "decision": "different"}
    assert (await programme.shelter.post("/api/v1/duplicates", json=again)).status_code == 201
    assert (await case_as(programme.shelter, first))["same_person"] == []


async def test_a_corrected_name_is_compared_and_what_it_was_before_no_more(programme: Programme) -> None:
    document = an_adult() | {"person": {**PERSON, "name": "Otra Persona", "document": "X1"}}
    first = await programme.flag(an_adult() | {"person": {**PERSON, "phone": "1"}})
    later = await programme.flag(document)
    await programme.has_caught_up(first)
    assert await pairs(programme.shelter) == []
    assert (await programme.amend(later, document | {"person": PERSON})).status_code == 200
    (pair,) = await pairs(programme.shelter)
    assert {pair["first"], pair["later"]} == {first, later}
    assert (await programme.amend(later, document)).status_code == 200
    assert await pairs(programme.shelter) == []


async def test_what_links_a_family_or_two_cases_is_in_no_event(programme: Programme) -> None:
    await programme.flag(an_adult(consent_to("ACNUR"), family_group="canario-familia-t2v8") | {"person": PERSON})
    stored = b"\n".join((await everything_stored(programme.system)).values())
    for secret in ("canario-familia-t2v8", PERSON["name"], PERSON["document"], PERSON["phone"]):
        assert secret.encode() not in stored
    assert SHELTER.encode() in stored
