"""Officers act on referrals: nothing is lost, nothing happens twice, and nobody sees what is not theirs."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.notifications.alerts.domain import code_of
from tests.support.system.lists import all_alerts
from tests.support.system.system import System, eventually, sample_day

Item = dict[str, Any]


async def flag(system: System, number: int) -> tuple[httpx2.AsyncClient, str]:
    """Sends a submission of the sample day; the shelter's client and the case."""
    document = sample_day()[number] | {"submission_id": str(uuid4())}
    shelter = await system.signed_in(Role.SHELTER_WORKER, document["shelter"])
    answer = await shelter.post("/api/v1/submissions", json=document)
    assert answer.status_code == 201
    case: str = answer.json()["case_id"]
    await system.referrals_of(shelter, case)
    return shelter, case


async def step(client: httpx2.AsyncClient, referral: Item, name: str, **changes: Any) -> httpx2.Response:
    order = {"command_id": str(uuid4()), "expected_version": referral["version"]} | changes
    return await client.post(f"/api/v1/referrals/{referral['referral_id']}/{name}", json=order)


def is_a_problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    return problem


@pytest.fixture
async def officer(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.OFFICER, "UNICEF", label="guardia-1")


@pytest.fixture
async def referral(system: System, officer: httpx2.AsyncClient) -> Item:
    """Of a child travelling alone, at UNICEF's desk."""
    _, case = await flag(system, 5)
    (item,) = await system.referrals_of(officer, case)
    return item


async def facts_of(system: System, referral: Item) -> list[str]:
    auditor = await system.signed_in(Role.AUDITOR, "*")
    await system.audited()
    history = (await auditor.get(f"/api/v1/audit/cases/{referral['case_id']}/history")).json()["entries"]
    return [entry["name"] for entry in history if entry["stream"] == referral["referral_id"]]


async def test_whoever_decided_on_an_older_version_is_told_what_happened(
    system: System, officer: httpx2.AsyncClient, referral: Item
) -> None:
    colleague = await system.signed_in(Role.SUPERVISOR, "UNICEF", label="guardia-2")
    acknowledged = (await step(officer, referral, "acknowledge")).json()
    problem = is_a_problem(await step(colleague, referral, "accept"), 409, "stale_version")
    assert problem["state"] == "acknowledged"
    assert problem["version"] == acknowledged["version"]
    assert problem["changed_by"] == "officer:UNICEF"
    assert problem["changed_at"]
    assert (await step(colleague, referral, "accept", expected_version=problem["version"])).status_code == 200


async def test_a_version_from_the_future_is_stale_too(officer: httpx2.AsyncClient, referral: Item) -> None:
    answer = await step(officer, referral, "accept", expected_version=referral["version"] + 1)
    is_a_problem(answer, 409, "stale_version")


async def test_a_step_that_does_not_exist_from_there_is_refused_by_name(
    officer: httpx2.AsyncClient, referral: Item
) -> None:
    accepted = (await step(officer, referral, "accept")).json()
    answer = await step(officer, referral, "acknowledge", expected_version=accepted["version"])
    problem = is_a_problem(answer, 409, "illegal_step")
    assert (problem["state"], problem["version"]) == ("accepted", accepted["version"])
    assert "acknowledge" not in problem["legal_steps"]
    assert "accept" not in problem["legal_steps"]


async def test_a_repeated_order_gets_its_first_result(
    system: System, officer: httpx2.AsyncClient, referral: Item
) -> None:
    order = {"command_id": str(uuid4())}
    first = await step(officer, referral, "acknowledge", **order)
    await step(officer, referral, "accept", expected_version=first.json()["version"])
    again = await step(officer, referral, "acknowledge", **order)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await facts_of(system, referral)).count("referral.acknowledged") == 1


async def test_an_order_sent_five_times_at_once_is_carried_out_once(
    system: System, officer: httpx2.AsyncClient, referral: Item
) -> None:
    order = {"command_id": str(uuid4())}
    answers = await asyncio.gather(*(step(officer, referral, "accept", **order) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.text for answer in answers}) == 1
    assert (await facts_of(system, referral)).count("referral.accepted") == 1


async def test_an_order_id_serves_for_one_referral_only(
    system: System, officer: httpx2.AsyncClient, referral: Item
) -> None:
    again = sample_day()[5] | {"submission_id": str(uuid4())}
    shelter = await system.signed_in(Role.SHELTER_WORKER, again["shelter"])
    case = (await shelter.post("/api/v1/submissions", json=again)).json()["case_id"]
    (other,) = await system.referrals_of(officer, case)
    order = {"command_id": str(uuid4())}
    assert (await step(officer, referral, "acknowledge", **order)).status_code == 200
    is_a_problem(await step(officer, other, "acknowledge", **order), 409, "command_id_reused")
    assert [item["state"] for item in await system.referrals_of(officer, case)] == ["requested"]


async def test_an_order_id_serves_for_one_step_only(officer: httpx2.AsyncClient, referral: Item) -> None:
    order = {"command_id": str(uuid4())}
    first = (await step(officer, referral, "acknowledge", **order)).json()
    answer = await step(officer, referral, "accept", expected_version=first["version"], **order)
    is_a_problem(answer, 409, "command_id_reused")


async def test_a_submissions_id_is_no_order(officer: httpx2.AsyncClient, referral: Item) -> None:
    """Each service has its own commands: intake's ids mean nothing to the desk."""
    answer = await step(officer, referral, "acknowledge", command_id=referral["submission_id"])
    assert answer.status_code == 200


async def test_of_two_officers_at_once_one_wins_and_the_other_sees_who(system: System, referral: Item) -> None:
    one = await system.signed_in(Role.OFFICER, "UNICEF", label="guardia-1")
    two = await system.signed_in(Role.SUPERVISOR, "UNICEF", label="guardia-2")
    answers = await asyncio.gather(*(step(client, referral, "accept") for client in (one, two)))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert won.status_code == 200
    problem = is_a_problem(lost, 409, "stale_version")
    winner = "officer" if answers[0] is won else "supervisor"
    assert problem["changed_by"] == f"{winner}:UNICEF"
    assert "guardia" not in lost.text
    assert (await facts_of(system, referral)).count("referral.accepted") == 1


async def test_of_twenty_officers_at_once_one_wins(system: System, referral: Item) -> None:
    officers = [await system.signed_in(Role.OFFICER, "UNICEF") for _ in range(20)]
    answers = await asyncio.gather(*(step(client, referral, "accept") for client in officers))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert (await facts_of(system, referral)).count("referral.accepted") == 1


async def test_another_agencys_referral_does_not_exist_for_an_officer(system: System, referral: Item) -> None:
    stranger = await system.signed_in(Role.OFFICER, "PNUD")
    missing = await step(stranger, {"referral_id": str(uuid4()), "version": 1}, "accept")
    theirs = await step(stranger, referral, "accept")
    is_a_problem(theirs, 404, "not_found")
    assert theirs.json() == missing.json()
    is_a_problem(await stranger.get(f"/api/v1/cases/{referral['case_id']}"), 404, "not_found")
    of_the_case = {"case": referral["case_id"]}
    assert (await stranger.get("/api/v1/referrals", params=of_the_case)).json()["items"] == []
    assert (await stranger.get("/api/v1/referrals", params={"agency": "UNICEF"})).json()["items"] == []
    assert code_of(UUID(referral["referral_id"])) not in {alert["code"] for alert in await all_alerts(stranger)}


async def test_what_a_stranger_knows_of_an_order_tells_them_nothing(system: System, referral: Item) -> None:
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    order = {"command_id": str(uuid4())}
    await step(officer, referral, "accept", **order)
    stranger = await system.signed_in(Role.OFFICER, "PNUD")
    is_a_problem(await step(stranger, referral, "accept", **order), 404, "not_found")


async def test_an_officer_never_sees_a_referral_that_waits_for_consent(system: System) -> None:
    shelter, case = await flag(system, 0)  # ACNUR and UNFPA may be told, OIM was not asked about
    states = {item["agency"]: item for item in await system.referrals_of(shelter, case)}
    assert states["OIM"]["state"] == "blocked_consent"
    assert states["OIM"]["reason"] == "consent_not_asked"
    for role in (Role.OFFICER, Role.SUPERVISOR):
        officer = await system.signed_in(role, "OIM")
        assert (await officer.get("/api/v1/referrals", params={"case": case})).json()["items"] == []
        alerts = await all_alerts(officer)
        assert code_of(UUID(states["OIM"]["referral_id"])) not in {alert["code"] for alert in alerts}
        is_a_problem(await officer.get(f"/api/v1/cases/{case}"), 404, "not_found")
        is_a_problem(await step(officer, states["OIM"], "accept"), 404, "not_found")
        is_a_problem(await step(officer, states["OIM"], "accept", expected_version=1), 404, "not_found")
    told = await system.signed_in(Role.OFFICER, "ACNUR")

    async def arrived() -> list[Item]:
        answer = await told.get(f"/api/v1/cases/{case}")
        items: list[Item] = answer.json().get("referrals", [])
        return items

    assert [item["agency"] for item in await eventually(arrived)] == ["ACNUR"]


async def test_a_shelter_sees_its_own_cases_only(system: System, referral: Item) -> None:
    stranger = await system.signed_in(Role.SHELTER_COORDINATOR, "ALB-TAP-01")
    is_a_problem(await stranger.get(f"/api/v1/cases/{referral['case_id']}"), 404, "not_found")
    for asked in ({"case": referral["case_id"]}, {"agency": "UNICEF"}, {"state": "requested"}):
        items = (await stranger.get("/api/v1/referrals", params=asked | {"limit": "500"})).json()["items"]
        assert {item["shelter"] for item in items} <= {"ALB-TAP-01"}
        assert referral["case_id"] not in {item["case_id"] for item in items}


async def test_a_report_about_shelter_staff_is_hidden_from_the_shelter(system: System) -> None:
    number = next(
        number
        for number, document in enumerate(sample_day())
        if any(
            event.get("perpetrator") == "shelter_or_aid_worker"
            for event in document["screening"].get("harm_events", ())
        )
    )
    focal_point = await system.signed_in(Role.OFFICER, "PEAS")
    document = sample_day()[number] | {"submission_id": str(uuid4())}
    shelter = await system.signed_in(Role.SHELTER_COORDINATOR, document["shelter"])
    case = (await shelter.post("/api/v1/submissions", json=document)).json()["case_id"]
    (reported,) = await system.referrals_of(focal_point, case)
    assert (reported["state"], reported["basis"]) == ("requested", "mandatory_report")

    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")

    async def known() -> bool:
        status = (await coordinator.get(f"/api/v1/cases/{case}")).json()
        return any(item["agency"] == "PEAS" for item in status["referrals"])

    await eventually(known)
    for path in (f"/api/v1/cases/{case}", "/api/v1/referrals", "/api/v1/referrals?agency=PEAS"):
        assert "PEAS" not in (await shelter.get(path)).text
    assert (await step(focal_point, reported, "accept")).status_code == 200
    assert "PEAS" not in (await shelter.get(f"/api/v1/cases/{case}")).text


async def test_a_shelter_cannot_answer_for_an_agency(system: System, referral: Item) -> None:
    shelter = await system.signed_in(Role.SHELTER_COORDINATOR, referral["shelter"])
    is_a_problem(await step(shelter, referral, "accept"), 403, "not_allowed")


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"command_id": "CANARIO", "expected_version": 2},
        {"command_id": str(uuid4()), "expected_version": "CANARIO"},
        {"command_id": str(uuid4()), "expected_version": 2, "CANARIO": "CANARIO"},
        {"command_id": str(uuid4()), "expected_version": 10**30},
        [],
        "CANARIO",
    ],
)
async def test_an_order_of_another_form_is_refused_without_being_repeated(
    officer: httpx2.AsyncClient, referral: Item, order: object
) -> None:
    answer = await officer.post(f"/api/v1/referrals/{referral['referral_id']}/accept", json=order)
    assert answer.status_code in {409, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "CANARIO" not in answer.text


async def test_pages_tell_every_referral_once(own_system: System) -> None:
    system = own_system
    for number in (0, 2, 3):
        await flag(system, number)
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    everything = [item["referral_id"] for item in (await coordinator.get("/api/v1/referrals")).json()["items"]]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await coordinator.get("/api/v1/referrals", params=asked)).json()
        seen += [item["referral_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == everything
    assert len(set(seen)) == len(seen) > 5


@pytest.mark.parametrize("cursor", ["CANARIO", "-1", "99999999999999999999", "1.5", "²"])
async def test_a_cursor_that_is_none_of_ours_is_refused(officer: httpx2.AsyncClient, cursor: str) -> None:
    answer = await officer.get("/api/v1/referrals", params={"cursor": cursor})
    is_a_problem(answer, 422, "malformed_request")
    assert "CANARIO" not in answer.text
