"""Authorities: contact at the person's own wish, authorised by two members of staff, and the register of demands."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from events.vocabulary import RestrictedRecipient, Role
from services.chassis.clock import MEXICO
from services.chassis.operations.rebuild import rebuild
from services.system import MODELS, Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.people import (
    SHELTER,
    Item,
    Programme,
    an_adult,
    consent_to,
    everything_stored,
    is_a_problem,
)
from tests.support.system.logs import as_admin
from tests.support.system.system import HANG, System, running


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    async with running(installation, clock) as everything:
        yield everything


@pytest.fixture
async def worker(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.SHELTER_WORKER, SHELTER, "w-035")


@pytest.fixture
async def shelter_coordinator(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.SHELTER_COORDINATOR, SHELTER, "c-001")


def a_wish(**changes: Any) -> Item:
    wish = {"recipient": "INM", "purpose": "legal", "wording_version": "contacto-es-1"}
    return {"command_id": str(uuid4()), **wish, **changes}


async def wishes(client: httpx2.AsyncClient, case: str, **changes: Any) -> httpx2.Response:
    return await client.post(f"/api/v1/cases/{case}/restricted-contacts", json=a_wish(**changes))


async def authorises(client: httpx2.AsyncClient, case: str, contact: str) -> httpx2.Response:
    path = f"/api/v1/cases/{case}/restricted-contacts/{contact}/authorise"
    return await client.post(path, json={"command_id": str(uuid4())})


async def listed(client: httpx2.AsyncClient, case: str) -> list[Item]:
    items: list[Item] = (await client.get(f"/api/v1/cases/{case}/restricted-contacts")).json()["items"]
    return items


async def test_two_members_of_staff_authorise_the_contact_the_person_wished_for_and_nothing_is_sent(
    programme: Programme, system: System, worker: httpx2.AsyncClient, shelter_coordinator: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    wish = a_wish()
    path = f"/api/v1/cases/{case}/restricted-contacts"
    first = await worker.post(path, json=wish)
    assert first.status_code == 201
    assert (await worker.post(path, json=wish)).json() == first.json()
    is_a_problem(await worker.post(path, json=wish | {"recipient": "POLICIA"}), 409, "command_id_reused")
    contact = first.json()["contact_id"]

    is_a_problem(await authorises(worker, case, contact), 403, "not_allowed")
    codes = [
        await system.person(Role.SHELTER_WORKER, SHELTER, "w-035"),
        await system.person(Role.SHELTER_COORDINATOR, SHELTER, "c-001"),
    ]
    await system.becomes(codes[0], Role.SHELTER_COORDINATOR)
    is_a_problem(await authorises(worker, case, contact), 409, "same_person")
    await system.becomes(codes[0], Role.SHELTER_WORKER)
    nobody = await system.nobody_in_particular(Role.SHELTER_COORDINATOR, SHELTER)
    is_a_problem(await authorises(nobody, case, contact), 403, "needs_a_person")
    elsewhere = await system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01", "c-002")
    is_a_problem(await authorises(elsewhere, case, contact), 404, "not_found")
    is_a_problem(await elsewhere.get(path), 404, "not_found")
    is_a_problem(await authorises(shelter_coordinator, case, str(uuid4())), 404, "not_found")

    assert (await authorises(shelter_coordinator, case, contact)).json()["state"] == "authorised"
    is_a_problem(await authorises(programme.coordinator, case, contact), 409, "already_authorised")
    (shown,) = await listed(programme.coordinator, case)
    assert (shown["state"], shown["requested_by"], shown["authorised_by"]) == ("authorised", *codes)
    assert (shown["recipient"], shown["purpose"]) == ("INM", "legal")

    told = [entry for entry in await programme.history(case) if "restricted_contact" in entry["name"]]
    assert [entry["name"].rpartition("_")[2] for entry in told] == ["requested", "authorised"]
    assert "El sistema no envió nada." in told[1]["es"]
    assert "con cuál y para qué está sellado" in told[0]["es"]
    assert "INM" not in str(told)
    stored = await everything_stored(system)
    assert [place for place, state in stored.items() if b'"INM"' in state] == []
    dsn = system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as admin:
        rows = await admin.fetch("select * from intake.restricted_contact where case_id = $1", UUID(case))
    assert rows
    assert "INM" not in str(rows)
    sent = await system.referrals_of(programme.coordinator, case)
    assert {item["agency"] for item in sent} == {"ACNUR", "OIM"}


async def test_an_excluded_authority_is_not_contacted_even_if_excluded_after_the_wish(
    programme: Programme, worker: httpx2.AsyncClient, shelter_coordinator: httpx2.AsyncClient
) -> None:
    document = an_adult() | {"withhold_from": ["POLICIA"]}
    case = await programme.flag(document)
    is_a_problem(await wishes(worker, case, recipient="POLICIA"), 409, "recipient_withheld")
    contact = (await wishes(worker, case)).json()["contact_id"]
    assert (await programme.amend(case, document | {"withhold_from": ["INM"]})).status_code == 200
    is_a_problem(await authorises(shelter_coordinator, case, contact), 409, "recipient_withheld")
    assert (await wishes(worker, case, recipient="POLICIA")).status_code == 201


async def test_a_withdrawn_wish_is_withdrawn_at_once_and_for_good(
    programme: Programme, system: System, worker: httpx2.AsyncClient, shelter_coordinator: httpx2.AsyncClient
) -> None:
    case, other = await programme.flag(an_adult()), await programme.flag(an_adult())
    waiting = (await wishes(worker, case)).json()["contact_id"]
    decided = (await wishes(worker, case, recipient="CONSULADO")).json()["contact_id"]
    await authorises(shelter_coordinator, case, decided)
    elsewhere = await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01", "w-001")
    for contact in (waiting, decided):
        path = f"/api/v1/cases/{case}/restricted-contacts/{contact}"
        is_a_problem(await elsewhere.delete(path), 404, "not_found")
        is_a_problem(await worker.delete(path.replace(case, other)), 404, "not_found")
        assert (await worker.delete(path)).json()["state"] == "withdrawn"
        assert (await worker.delete(path)).json()["state"] == "withdrawn"
        is_a_problem(await authorises(programme.coordinator, case, contact), 409, "wish_withdrawn")
    assert [one["state"] for one in await listed(worker, case)] == ["withdrawn", "withdrawn"]
    told = [entry["es"] for entry in await programme.history(case) if entry["name"].endswith("contact_withdrawn")]
    assert len(told) == 2


async def test_a_wish_not_authorised_within_a_day_lapses(
    programme: Programme, clock: AdjustableClock, worker: httpx2.AsyncClient, shelter_coordinator: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult())
    contact = (await wishes(worker, case)).json()["contact_id"]
    assert [one["state"] for one in await listed(worker, case)] == ["requested"]
    clock.ahead += timedelta(hours=24, minutes=1)
    assert [one["state"] for one in await listed(worker, case)] == ["lapsed"]
    is_a_problem(await authorises(shelter_coordinator, case, contact), 409, "restricted_contact_lapsed")


async def test_a_wish_needs_a_person_an_authority_and_the_text_for_this_use(
    programme: Programme, worker: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult())
    for wrong in ({"wording_version": "es-1"}, {"recipient": "ACNUR"}, {"recipient": "inm"}, {"purpose": "other"}):
        is_a_problem(await wishes(worker, case, **wrong), 422, "malformed_request")
    for authority in RestrictedRecipient:
        assert (await wishes(worker, case, recipient=authority)).status_code == 201
    threat = {
        "submission_id": str(uuid4()),
        "kind": "shelter_threat",
        "shelter": SHELTER,
        "worker": "w-035",
        "occurred_at": "2013-06-12T08:34:00-05:00",
        "screening": {"danger_now": "yes"},
    }
    is_a_problem(await wishes(worker, await programme.flag(threat)), 409, "no_person")


def a_demand(clock: AdjustableClock, **changes: Any) -> Item:
    received_at = (clock() - timedelta(hours=1)).isoformat()
    what = {"authority": "police", "demanded": "whereabouts", "came_to": SHELTER, "court_order": False}
    return {"command_id": str(uuid4()), **what, "received_at": received_at, **changes}


async def demanded(client: httpx2.AsyncClient, demand: Item) -> httpx2.Response:
    return await client.post("/api/v1/authority-demands", json=demand)


async def answers(client: httpx2.AsyncClient, demand: str, answer: str) -> httpx2.Response:
    order = {"command_id": str(uuid4()), "answer": answer}
    return await client.post(f"/api/v1/authority-demands/{demand}/answer", json=order)


async def test_a_demand_is_recorded_by_the_organisation_it_is_addressed_to_and_answered_by_a_named_role(
    system: System, clock: AdjustableClock, worker: httpx2.AsyncClient, shelter_coordinator: httpx2.AsyncClient
) -> None:
    demand = a_demand(clock)
    first = await demanded(worker, demand)
    assert first.status_code == 201
    assert (await demanded(worker, demand)).json() == first.json()
    is_a_problem(await demanded(worker, demand | {"court_order": True}), 409, "command_id_reused")
    is_a_problem(await demanded(worker, a_demand(clock, came_to="ALB-TAP-01")), 403, "not_allowed")
    is_a_problem(await demanded(worker, a_demand(clock, came_to="UNICEF")), 403, "not_allowed")
    is_a_problem(await demanded(worker, a_demand(clock, received_at="2099-01-01T00:00:00Z")), 422, "in_the_future")
    is_a_problem(await demanded(worker, a_demand(clock, note="María")), 422, "malformed_request")
    officer = await system.signed_in(Role.OFFICER, "UNICEF", "o-001")
    assert (await demanded(officer, a_demand(clock, came_to="UNICEF"))).status_code == 201

    known = first.json()["demand_id"]
    is_a_problem(await answers(worker, known, "refused"), 403, "not_allowed")
    supervisor = await system.signed_in(Role.SUPERVISOR, "UNICEF", "s-001")
    is_a_problem(await answers(supervisor, known, "refused"), 404, "not_found")
    is_a_problem(await answers(shelter_coordinator, known, "complied_with_court_order"), 409, "no_court_order")
    for answer in ("referred_to_legal", "refused"):
        assert (await answers(shelter_coordinator, known, answer)).json()["answer"] == answer
    is_a_problem(await answers(shelter_coordinator, known, "refused"), 409, "already_answered")

    auditor = await system.signed_in(Role.AUDITOR, "*")
    everything = (await auditor.get("/api/v1/authority-demands")).json()["items"]
    assert [(one["came_to"], one["answer"]) for one in everything] == [(SHELTER, "refused"), ("UNICEF", None)]
    answered_by = await system.person(Role.SHELTER_COORDINATOR, SHELTER, "c-001")
    assert (everything[0]["answered_by"], everything[0]["answered_as"]) == (answered_by, "shelter_coordinator")
    own = (await supervisor.get("/api/v1/authority-demands")).json()["items"]
    assert [one["came_to"] for one in own] == ["UNICEF"]
    first_page = (await auditor.get("/api/v1/authority-demands", params={"limit": 1})).json()
    next_page = await auditor.get("/api/v1/authority-demands", params={"cursor": first_page["next_cursor"]})
    assert [one["came_to"] for one in next_page.json()["items"]] == ["UNICEF"]


async def test_the_public_may_read_the_number_of_demands_after_the_quarter(
    system: System, clock: AdjustableClock, worker: httpx2.AsyncClient
) -> None:
    began = clock().astimezone(MEXICO)
    quarter = f"{began.year}-T{(began.month + 2) // 3}"

    async def counts() -> dict[str, Any]:
        async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
            answer = await anybody.get("/api/v1/authority-demands/counts", params={"year": began.year})
        assert answer.status_code == 200
        return {one["quarter"]: one["demands"] for one in answer.json()["quarters"]}

    for _ in range(5):
        assert (await demanded(worker, a_demand(clock))).status_code == 201
    assert quarter not in await counts()
    clock.ahead += timedelta(days=93)
    assert (await counts())[quarter] == 5
    assert {many for name, many in (await counts()).items() if name != quarter} <= {None}


async def test_both_read_models_can_be_rebuilt_from_the_log(
    programme: Programme,
    system: System,
    clock: AdjustableClock,
    worker: httpx2.AsyncClient,
    shelter_coordinator: httpx2.AsyncClient,
) -> None:
    case = await programme.flag(an_adult())
    contact = (await wishes(worker, case)).json()["contact_id"]
    await authorises(shelter_coordinator, case, contact)
    taken_back = (await wishes(worker, case)).json()["contact_id"]
    await worker.delete(f"/api/v1/cases/{case}/restricted-contacts/{taken_back}")
    known = (await demanded(worker, a_demand(clock))).json()["demand_id"]
    await answers(shelter_coordinator, known, "refused")
    before = await listed(worker, case), (await shelter_coordinator.get("/api/v1/authority-demands")).json()
    assert system.installation.settings.postgres_dsn is not None
    dsn = system.installation.settings.postgres_dsn.get_secret_value()
    rebuilt = await rebuild(dsn, "intake", MODELS["intake"])
    assert (rebuilt.differing["restricted_contact"], rebuilt.differing["authority_demand"]) == (0, 0)
    assert before == (await listed(worker, case), (await shelter_coordinator.get("/api/v1/authority-demands")).json())
