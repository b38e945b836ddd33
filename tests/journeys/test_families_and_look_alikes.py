"""Families are shown and transferred together and never merged; suspected duplicates are decided by people."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from events.continuity import DuplicateShown
from events.vocabulary import Role
from services.chassis.eventlog.log_entry import decode
from tests.support.builders.slips import AGREED, NEXT_SHELTER, WORD, arrives, case_as, slip_of
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, everything_stored, is_a_problem
from tests.support.system.system import eventually

PERSON = {"name": "Canario Nombre Ñandú", "birth_date": "1987-03-29", "document": "DPI 4417-2290", "phone": "55881304"}


def a_child(**answers: Any) -> Item:
    document = an_adult()
    screening = {name: said for name, said in document["screening"].items() if name != "travelling"}
    screening |= {"age_band": "6-11", "accompaniment": "parent_or_guardian", **answers}
    return document | {"screening": screening}


@pytest.fixture
async def next_one(programme: Programme) -> httpx2.AsyncClient:
    return await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")


@pytest.fixture
async def next_of_own(own_programme: Programme) -> httpx2.AsyncClient:
    return await own_programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "w-101")


def of_the_family(slip: str, **consent: Any) -> Item:
    return {"slip": slip, "word": WORD, "consent": AGREED | consent}


async def test_a_family_is_shown_to_its_shelter_only_and_is_transferred_together_or_not_at_all(
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
async def test_a_child_is_transferred_with_the_consent_of_those_who_may_give_it(
    programme: Programme, next_one: httpx2.AsyncClient, answers: Item, consent: Item, answered: int
) -> None:
    case = await programme.flag(a_child(**answers))
    answer = await arrives(next_one, await slip_of(programme.shelter, case), consent=consent)
    assert answer.status_code == answered, answer.text


async def pairs(shelter: httpx2.AsyncClient) -> list[Item]:
    items: list[Item] = (await shelter.get("/api/v1/duplicates")).json()["items"]
    return items


async def test_two_suspected_duplicates_are_listed_with_reasons_until_somebody_decides(
    own_programme: Programme,
) -> None:
    programme = own_programme
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


async def test_a_telephone_that_a_whole_shelter_gives_hides_no_true_pair(own_programme: Programme) -> None:
    programme = own_programme
    noon = (datetime.now(UTC) - timedelta(days=20)).replace(hour=18)
    first = await programme.flag(an_adult() | {"person": {"document": PERSON["document"]}})
    later = await programme.flag(an_adult() | {"person": {"document": "DPI-44172290"}})
    strangers = [
        await programme.flag(an_adult() | {"person": {"name": f"Persona {number}", "phone": "961 555 0199"}})
        for number in range(15)
    ]
    await programme.has_caught_up(first)
    await _recorded_on(programme, {case: noon + timedelta(days=at) for at, case in enumerate(strangers)})
    assert [(one["first"], one["later"], one["reasons"]) for one in await pairs(programme.shelter)] == [
        (first, later, ["same_document", "same_day"])
    ]
    await _recorded_on(programme, {case: noon + timedelta(minutes=at) for at, case in enumerate(strangers)})
    assert len(await pairs(programme.shelter)) == 1  # what so many have says nothing, on one day either


async def test_look_alikes_come_in_pages_newest_first(own_programme: Programme) -> None:
    programme = own_programme
    for number in range(4):
        for _ in range(2):
            await programme.flag(an_adult() | {"person": {"document": f"DPI {number}77-{number}"}})
    for _ in range(4):  # a family of four, on one day, with one telephone: six pairs
        await programme.flag(an_adult() | {"person": {"phone": PERSON["phone"]}})
    await programme.has_caught_up(await programme.flag(an_adult()))
    whole = await pairs(programme.shelter)
    assert len(whole) == 10
    assert {tuple(one["reasons"]) for one in whole} == {("same_phone", "same_day"), ("same_document", "same_day")}
    found: list[Item] = []
    asked: Item = {"limit": 3}
    while asked:
        page = (await programme.shelter.get("/api/v1/duplicates", params=asked)).json()
        assert 0 < len(page["items"]) <= 3
        found += page["items"]
        asked = {"limit": 3, "cursor": page["next_cursor"]} if page["next_cursor"] else {}
    assert found == whole
    for cursor in ("x", "9" * 18, "1-2-3", f"1-{'g' * 32}-{'0' * 32}"):
        refused = await programme.shelter.get("/api/v1/duplicates", params={"cursor": cursor})
        is_a_problem(refused, 422, "malformed_request")


async def _recorded_on(programme: Programme, moments: dict[str, datetime]) -> None:
    """Moves cases in the read model: whoever comes on another day is nobody's look-alike for a telephone."""
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    connection = await asyncpg.connect(dsn.get_secret_value())
    try:
        for case, at in moments.items():
            await connection.execute("update intake.submission set recorded_at = $2 where case_id = $1", case, at)
    finally:
        await connection.close()


async def test_an_amended_identity_is_no_search(own_programme: Programme) -> None:
    """Whoever may amend one case could otherwise ask with it for anybody's name, document or telephone."""
    programme = own_programme
    document = an_adult() | {"person": {**PERSON, "name": "Otra Persona", "document": "X1", "phone": "1"}}
    first = await programme.flag(an_adult() | {"person": PERSON})
    probe = await programme.flag(document)
    await programme.has_caught_up(first)
    for guess in (PERSON, {"document": PERSON["document"]}, {"phone": PERSON["phone"]}):
        assert (await programme.amend(probe, document | {"person": guess})).status_code == 200
        assert await pairs(programme.shelter) == []
    again = await programme.flag(an_adult() | {"person": PERSON})  # found as it is submitted
    await programme.has_caught_up(again)
    (pair,) = await pairs(programme.shelter)
    assert (pair["first"], pair["later"]) == (first, again)


async def test_who_came_by_a_handover_is_compared_with_nobody(
    own_programme: Programme, next_of_own: httpx2.AsyncClient
) -> None:
    """The text that the person agreed to promises that name, document and telephone are not handed over."""
    programme = own_programme
    gone = await programme.flag(an_adult() | {"person": PERSON})
    elsewhere = Programme(programme.system, next_of_own, programme.coordinator)
    theirs = [
        await elsewhere.flag(an_adult() | {"person": PERSON, "shelter": NEXT_SHELTER, "worker": "w-101"})
        for _ in range(2)
    ]
    assert (await arrives(next_of_own, await slip_of(programme.shelter, gone))).status_code == 201
    await programme.has_caught_up(gone)
    (pair,) = await pairs(next_of_own)
    assert {pair["first"], pair["later"]} == set(theirs)


async def test_a_worker_is_shown_so_many_pairs_a_day_and_each_of_them_is_recorded(own_programme: Programme) -> None:
    programme = own_programme
    for phone in ("55881304", "55881305"):  # two families of six on one day: thirty pairs
        for _ in range(6):
            await programme.flag(an_adult() | {"person": {"phone": phone}})
    await programme.has_caught_up(await programme.flag(an_adult()))
    shown = (await programme.shelter.get("/api/v1/duplicates")).json()
    assert (len(shown["items"]), shown["more_tomorrow"]) == (20, True)
    again = (await programme.shelter.get("/api/v1/duplicates")).json()
    assert again["items"] == shown["items"], "what was shown stays in the list"
    asked: Item = {"limit": 10}
    for _ in range(2):
        page = (await programme.shelter.get("/api/v1/duplicates", params=asked)).json()
        asked = {"limit": 10, "cursor": page["next_cursor"]}
    refused = await programme.shelter.get("/api/v1/duplicates", params=asked)
    is_a_problem(refused, 429, "enough_pairs_shown")
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    entries = await programme.system.service("intake").log.entries(after=0, limit=1000)
    recorded = [fact.event for fact in map(decode, entries) if isinstance(fact.event, DuplicateShown)]
    assert [(str(one.first), str(one.later)) for one in recorded] == [
        (item["first"], item["later"]) for item in shown["items"]
    ]
    assert len({(one.shelter, one.shown_to) for one in recorded}) == 1
    colleague = await programme.system.signed_in(Role.SHELTER_WORKER, SHELTER, "w-036")
    assert len(await pairs(colleague)) == 20


async def test_what_links_a_family_or_two_cases_is_in_no_event(programme: Programme) -> None:
    await programme.flag(an_adult(consent_to("ACNUR"), family_group="canario-familia-t2v8") | {"person": PERSON})
    stored = b"\n".join((await everything_stored(programme.system)).values())
    for secret in ("canario-familia-t2v8", PERSON["name"], PERSON["document"], PERSON["phone"]):
        assert secret.encode() not in stored
    assert SHELTER.encode() in stored
