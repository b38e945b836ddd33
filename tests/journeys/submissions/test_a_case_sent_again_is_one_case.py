"""A shelter sends a case again, or several at once: it is one case, and the receipt stays the same."""

import asyncio
import json
from copy import deepcopy
from uuid import uuid4

import httpx2

from tests.support.system.submitting import CANARY, Document, Send, as_json, cases_in_the_log, is_a_problem
from tests.support.system.system import HANG, System


async def test_a_case_sent_again_gets_the_same_receipt(system: System, send: Send, token: str, child: Document) -> None:
    first = await send(as_json(child), token)
    assert first.status == 201
    assert first.media_type == "application/json"
    assert first.body.keys() == {"case_id", "receipt", "recorded_at"}
    again = await send(as_json(child | {"sent_at": "2013-06-12T16:00:00-05:00"}), token)
    assert (again.status, again.body) == (200, first.body)
    assert await cases_in_the_log(system, child) == 1


async def test_a_case_sent_five_times_at_once_is_one_case(
    system: System, send: Send, token: str, child: Document
) -> None:
    answers = await asyncio.gather(*(send(as_json(child), token) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 201]
    assert len({json.dumps(answer.body) for answer in answers}) == 1
    assert await cases_in_the_log(system, child) == 1


async def test_a_case_sent_over_http_and_over_nats_is_one_case(
    system: System, send: Send, token: str, child: Document
) -> None:
    first = await send(as_json(child), token)
    async with httpx2.AsyncClient(base_url=system.url, headers={"Authorization": token}, timeout=HANG) as client:
        again = await client.post("/api/v1/submissions", json=child)
    assert (again.status_code, again.json()) == (200, first.body)


async def test_another_case_under_the_same_id_is_a_conflict(
    system: System, send: Send, token: str, child: Document
) -> None:
    await send(as_json(child), token)
    other = deepcopy(child)
    other["person"]["name"] = CANARY
    is_a_problem(await send(as_json(other), token), 409, "submission_conflict")
    assert (await send(as_json(child), token)).status == 200
    assert await cases_in_the_log(system, child) == 1


async def test_two_cases_under_one_id_at_once_are_one_case_and_one_conflict(
    system: System, send: Send, token: str, child: Document
) -> None:
    other = deepcopy(child)
    other["screening"]["medical_now"] = "yes"
    answers = await asyncio.gather(*(send(as_json(one), token) for one in (child, other)))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert await cases_in_the_log(system, child) == 1


async def test_a_corrected_case_is_accepted_under_the_id_it_was_refused_with(
    send: Send, token: str, child: Document
) -> None:
    wrong = deepcopy(child)
    wrong["screening"]["sex"] = CANARY
    assert (await send(as_json(wrong), token)).status == 422
    assert (await send(as_json(child), token)).status == 201


async def test_the_receipt_is_short_enough_to_be_noted_by_hand(send: Send, token: str, child: Document) -> None:
    answer = await send(as_json(child | {"submission_id": str(uuid4())}), token)
    assert len(answer.body["receipt"].replace("-", "")) == 8
