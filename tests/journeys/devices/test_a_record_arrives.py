"""What a telephone sealed arrives once, whoever brings it and however often; what is wrong is said by a code."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from events.intake import CaseOpened
from events.vocabulary import Role
from tests.support.builders.device_records import Telephone, hands_in, padded, state_of
from tests.support.people.people import SHELTER, Item, Programme, consent_to, is_a_problem
from tests.support.people.shelter_work import NAME, WHO, listed, refusals, spoilt


async def test_a_record_sent_five_times_is_one_case_with_one_receipt(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    document = telephone.document(consent_to("ACNUR")) | {"person": dict(WHO)}
    decided = {"rule_set": "2013.2-0123456789ab", "digest": "0123456789abcdef" * 4}
    record = telephone.seals(document, decided=decided)
    assert (await state_of(anybody, telephone, record["id"]))["state"] == "unknown"
    answers = [await hands_in(anybody, record, f"2013-06-12T20:3{minute}:04Z") for minute in range(5)]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert all(answer.json() == answers[0].json() for answer in answers)
    said = answers[0].json()
    assert said["submission_id"] == document["submission_id"]
    state = await state_of(anybody, telephone, record["id"])
    assert (state["state"], state["receipt"]) == ("received", said["receipt"])
    again = await programme.shelter.post("/api/v1/submissions", json=document)
    assert (again.status_code, again.json()["receipt"]) == (200, said["receipt"]), "as if it had come with a token"
    case = again.json()["case_id"]
    assert await listed(programme.shelter, case) is not None
    referral = await programme.referral_to("ACNUR", case, state="requested")
    assert referral["urgency"]
    (opened, *_) = await programme.history(case)
    assert opened["actor"] == f"integrator:{SHELTER}:device {telephone.id}"
    log = programme.system.service("intake").log
    assert log is not None
    event = (await log.streams([UUID(case)]))[UUID(case)][0].event
    assert isinstance(event, CaseOpened)
    assert event.decided is not None
    assert event.decided.model_dump() == decided
    assert event.sent_at == datetime.fromisoformat("2013-06-12T20:30:04Z")
    assert (event.device, event.worker) == (telephone.id, document["worker"])


async def test_a_decision_that_cannot_be_read_keeps_no_case_back(
    anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    record = telephone.seals(telephone.document(), decided={"rule_set": "mañana", "digest": "no"})
    assert (await hands_in(anybody, record)).status_code == 201


async def test_a_text_of_consent_that_was_replaced_while_the_telephone_was_offline_counts_as_it_was_read(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    asked = consent_to("ACNUR", wording_version="es-1")
    answer = await hands_in(anybody, telephone.seals(telephone.document(asked)))
    assert answer.status_code == 201, answer.text
    query = {"receipt": answer.json()["receipt"]}
    (case,) = (await programme.shelter.get("/api/v1/cases", params=query)).json()["items"]
    await programme.referral_to("ACNUR", case["case_id"], state="requested", basis="consent")
    (consent,) = (await programme.shelter.get(f"/api/v1/cases/{case['case_id']}")).json()["consents"]
    assert (consent["recipient"], consent["wording_version"]) == ("ACNUR", "es-1")


async def test_what_is_not_valid_is_kept_once_and_told_until_it_is_settled(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    document = telephone.document()
    record = telephone.seals(spoilt(document))
    answers = [await hands_in(anybody, record, f"2013-06-12T20:3{minute}:04Z") for minute in range(3)]
    problems = [is_a_problem(answer, 422, "invalid_submission") for answer in answers]
    (kept,) = await refusals(programme.shelter, document["submission_id"])
    for problem in problems:
        assert problem["refusal_id"] == kept["refusal_id"]
        assert {fault["field"] for fault in problem["faults"]} == {"screening.sex", "screening.needs.0"}
        assert all(fault["es"] and fault["en"] for fault in problem["faults"])
        assert "CANARIO" not in str(problem)
    state = await state_of(anybody, telephone, record["id"])
    assert (state["state"], state["refusal_id"], state["code"]) == ("refused", kept["refusal_id"], "invalid_submission")
    correction = {"command_id": str(uuid4()), "submission": document}
    path = f"/api/v1/refusals/{kept['refusal_id']}/correct"
    corrected = (await programme.shelter.post(path, json=correction)).json()
    state = await state_of(anybody, telephone, record["id"])
    assert (state["state"], state["receipt"]) == ("received", corrected["receipt"])
    answer = await hands_in(anybody, record)
    assert (answer.status_code, answer.json()["receipt"]) == (200, corrected["receipt"])


async def test_what_was_set_aside_is_told_so(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    record = telephone.seals(spoilt(telephone.document()))
    kept = is_a_problem(await hands_in(anybody, record), 422, "invalid_submission")["refusal_id"]
    path = f"/api/v1/refusals/{kept}/discard"
    assert (await programme.shelter.post(path, json={"command_id": str(uuid4())})).status_code == 200
    assert (await state_of(anybody, telephone, record["id"]))["state"] == "set_aside"
    assert is_a_problem(await hands_in(anybody, record), 422, "invalid_submission")["set_aside"] is True


async def test_another_content_under_the_same_id_is_a_conflict_and_no_receipt(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    document = telephone.document()
    assert (await hands_in(anybody, telephone.seals(document))).status_code == 201
    other = document | {"screening": document["screening"] | {"sex": "F"}}
    problem = is_a_problem(await hands_in(anybody, telephone.seals(other)), 409, "submission_conflict")
    (kept,) = await refusals(programme.shelter, document["submission_id"])
    assert problem["refusal_id"] == kept["refusal_id"]


async def test_what_somebody_else_sent_under_an_id_is_no_receipt_for_the_telephone(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    document = telephone.document() | {"device": {"id": "d-027", "sequence": 1}}
    assert (await programme.shelter.post("/api/v1/submissions", json=document)).status_code == 201
    assert (await state_of(anybody, telephone, document["submission_id"]))["state"] == "unknown"


def changed(text: str) -> str:
    return text[:-1] + ("B" if text[-1] == "A" else "A")


UNREADABLE: list[Item] = [
    {"sealed": "****"},
    {"format": 2},
    {"more": 1},
    {"id": "no"},
    {"shelter": None},
    {"made_at": "ayer"},
    {"sealed": ""},
]
UNSIGNED: list[Item] = [
    {"id": "d70a39d1-33dc-477f-b179-f2d2e48b9662"},
    {"device": "tel-9x"},
    {"shelter": "ALB-PAL-01"},
    {"made_at": "2013-06-12T14:10:03.000Z"},
    {"key": "d70a39d1-33dc-477f-b179-f2d2e48b9662"},
]


async def test_a_record_of_which_anything_was_changed_is_refused(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    document = telephone.document()
    record = telephone.seals(document)
    for change in UNREADABLE:
        is_a_problem(await hands_in(anybody, record | change), 400, "record_unreadable")
    for change in UNSIGNED[:1] + UNSIGNED[2:]:
        is_a_problem(await hands_in(anybody, record | change), 404, "unknown_device")
    sealed = changed(record["sealed"][:40]) + record["sealed"][40:]
    is_a_problem(await hands_in(anybody, record | {"sealed": sealed}), 404, "unknown_device")
    other = Telephone(telephone.id, telephone.shelter, telephone.reception_key)
    is_a_problem(await hands_in(anybody, other.seals(document)), 404, "unknown_device")
    assert await refusals(programme.shelter, document["submission_id"]) == []


@pytest.mark.parametrize(
    "inside",
    [
        b"no",
        b"{}",
        padded({"document": "no"}),
        padded({"document": {}, "decided": None}),
        padded({"document": {"submission_id": "no"}, "decided": None}),
    ],
)
async def test_what_opens_and_is_no_submission_of_this_telephone_is_refused(
    anybody: httpx2.AsyncClient, telephone: Telephone, inside: bytes
) -> None:
    record = telephone.seals_bytes(inside, str(uuid4()))
    is_a_problem(await hands_in(anybody, record), 400, "record_unreadable")


async def test_another_id_inside_than_outside_is_refused(anybody: httpx2.AsyncClient, telephone: Telephone) -> None:
    for change in (
        {"submission_id": str(uuid4())},
        {"shelter": "ALB-PAL-01"},
        {"device": {"id": "tel-0001", "sequence": 1}},
    ):
        document = telephone.document()
        record = telephone.seals_bytes(padded({"document": document | change}), document["submission_id"])
        is_a_problem(await hands_in(anybody, record), 400, "record_unreadable")
    elsewhere = telephone.document() | {"shelter": "ALB-PAL-01"}
    record = telephone.seals(elsewhere, shelter="ALB-PAL-01")
    is_a_problem(await hands_in(anybody, record), 400, "record_unreadable")


async def test_what_is_too_large_or_no_json_is_refused_before_anything_is_opened(
    anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    record = telephone.seals(telephone.document(), made_at="2013-06-12T14:10:02.000Z")
    answer = await hands_in(anybody, record | {"sealed": "A" * 70_000})
    is_a_problem(answer, 413, "too_large")
    answer = await anybody.post("/api/v1/device-records", content=b"no")
    is_a_problem(answer, 422, "malformed_request")


async def test_a_revoked_telephone_hands_in_nothing_but_its_coordinator_may(
    programme: Programme, anybody: httpx2.AsyncClient, coordinator: httpx2.AsyncClient, telephone: Telephone
) -> None:
    record = telephone.seals(telephone.document())
    path = f"/api/v1/devices/{telephone.id}/revoke"
    assert (await coordinator.post(path, json={"command_id": str(uuid4())})).status_code == 200
    is_a_problem(await hands_in(anybody, record), 403, "device_revoked")
    question = telephone.asks_about([record["id"]])
    is_a_problem(await anybody.post("/api/v1/device-records/status", json=question), 403, "device_revoked")

    async def imported(client: httpx2.AsyncClient, *records: Any) -> list[Item]:
        answer = await client.post("/api/v1/device-records/import", json={"records": list(records)})
        assert answer.status_code == 200, answer.text
        found: list[Item] = answer.json()["records"]
        return found

    (refused,) = await imported(programme.shelter, record)
    assert (refused["state"], refused["code"]) == ("failed", "device_revoked")
    software = await programme.system.nobody_in_particular(Role.SHELTER_COORDINATOR, SHELTER)
    assert (await imported(software, record))[0]["code"] == "device_revoked"
    elsewhere = await programme.system.signed_in(Role.SHELTER_COORDINATOR, "ALB-PAL-01")
    assert (await imported(elsewhere, record))[0]["code"] == "unknown_device"
    poisoned = telephone.seals(spoilt(telephone.document()))
    states = await imported(coordinator, {"no": 1}, record, poisoned, record)
    assert [each["state"] for each in states] == ["failed", "received", "refused", "received"]
    assert states[1]["receipt"] == states[3]["receipt"]
    assert states[2]["refusal_id"]
    assert states[2]["faults"]


async def test_nothing_of_a_person_is_in_any_answer(anybody: httpx2.AsyncClient, telephone: Telephone) -> None:
    document = spoilt(telephone.document()) | {"person": dict(WHO)}
    record = telephone.seals(document)
    assert NAME not in str(record)
    for answer in (await hands_in(anybody, record), await hands_in(anybody, record | {"sealed": "AAAA"})):
        assert "CANARIO" not in answer.text
        assert "CANARIO" not in str(answer.headers)
