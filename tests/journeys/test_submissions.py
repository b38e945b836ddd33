"""A shelter flags a case, over HTTP or over NATS: once however often it is sent, and every fault told at once."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx2
import nats
import pytest

from events.vocabulary import Role
from tests.harness.system import System, eventually, sample_day

SHELTER = "ALB-IXT-01"
CANARY = "CANARIO-7f3k María"

Document = dict[str, Any]


def a_child_alone() -> Document:
    """Number 5 of the sample day, flagged at Ixtepec."""
    return sample_day()[5]


@dataclass
class Answer:
    """What the shelter's software gets, whichever way it asked."""

    status: int
    media_type: str
    body: dict[str, Any]


Send = Callable[[bytes, str | None], Coroutine[Any, Any, Answer]]
"""Sends a document with a token, or without one."""


@pytest.fixture
async def token(system: System) -> str:
    client = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return client.headers["Authorization"]


@pytest.fixture(params=["http", "nats"])
async def send(request: pytest.FixtureRequest, system: System) -> AsyncIterator[Send]:
    """Both ways in give the same answers."""
    if request.param == "http":
        async with httpx2.AsyncClient(base_url=system.url, timeout=30) as client:

            async def over_http(document: bytes, token: str | None) -> Answer:
                headers = {"Authorization": token} if token else {}
                got = await client.post("/api/v1/submissions", content=document, headers=headers)
                return Answer(got.status_code, got.headers["content-type"], got.json())

            yield over_http
        return
    names, secrets = system.ground.settings.names, system.ground.secrets
    connection = await nats.connect(
        system.ground.settings.nats_url or "",
        user=names.user("shelters"),
        password=secrets.nats["shelters"],
        inbox_prefix=names.inbox("shelters").encode(),
    )

    async def over_nats(document: bytes, token: str | None) -> Answer:
        headers = {"Authorization": token} if token else None
        got = await connection.request(names.submit(SHELTER), document, timeout=10, headers=headers)
        assert got.headers is not None
        return Answer(int(got.headers["status"]), got.headers["content-type"], json.loads(got.data))

    try:
        yield over_nats
    finally:
        await connection.close()


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


async def cases_in_the_log(system: System) -> int:
    """How many cases were opened; what was refused is in the log too, sealed."""
    entries = await system.service("intake").log.entries(after=0, most=1000)
    return sum(entry.name == "intake.case_opened" for entry in entries)


def is_a_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.body.get("code")) == (status, code)
    assert answer.media_type == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["title"] != answer.body["title_en"]
    assert "CANARIO" not in json.dumps(answer.body)


async def test_a_case_sent_again_gets_the_same_receipt(system: System, send: Send, token: str) -> None:
    first = await send(as_json(a_child_alone()), token)
    assert first.status == 201
    assert first.media_type == "application/json"
    assert first.body.keys() == {"case_id", "receipt", "recorded_at"}
    again = await send(as_json(a_child_alone() | {"sent_at": "2013-06-12T16:00:00-05:00"}), token)
    assert (again.status, again.body) == (200, first.body)
    assert await cases_in_the_log(system) == 1


async def test_a_case_sent_five_times_at_once_is_one_case(system: System, send: Send, token: str) -> None:
    answers = await asyncio.gather(*(send(as_json(a_child_alone()), token) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 201]
    assert len({json.dumps(answer.body) for answer in answers}) == 1
    assert await cases_in_the_log(system) == 1


async def test_a_case_sent_over_http_and_over_nats_is_one_case(system: System, send: Send, token: str) -> None:
    first = await send(as_json(a_child_alone()), token)
    async with httpx2.AsyncClient(base_url=system.url, headers={"Authorization": token}) as client:
        again = await client.post("/api/v1/submissions", json=a_child_alone())
    assert (again.status_code, again.json()) == (200, first.body)


async def test_another_case_under_the_same_id_is_a_conflict(system: System, send: Send, token: str) -> None:
    await send(as_json(a_child_alone()), token)
    other = a_child_alone()
    other["person"]["name"] = CANARY
    is_a_problem(await send(as_json(other), token), 409, "submission_conflict")
    assert (await send(as_json(a_child_alone()), token)).status == 200
    assert await cases_in_the_log(system) == 1


async def test_two_cases_under_one_id_at_once_are_one_case_and_one_conflict(
    system: System, send: Send, token: str
) -> None:
    other = a_child_alone()
    other["screening"]["medical_now"] = "yes"
    answers = await asyncio.gather(*(send(as_json(one), token) for one in (a_child_alone(), other)))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert await cases_in_the_log(system) == 1


async def test_every_fault_is_told_at_once_and_no_value_is_repeated(system: System, send: Send, token: str) -> None:
    wrong = a_child_alone()
    del wrong["worker"], wrong["screening"]["danger_now"]
    wrong["screening"] |= {"sex": CANARY, "needs": [CANARY], "travelling": "alone", CANARY: CANARY}
    wrong["occurred_at"] = "2013-06-12T15:32:00"
    wrong["person"]["name"] = [CANARY]
    wrong["consent"][1]["how"] = CANARY
    answer = await send(as_json(wrong), token)
    is_a_problem(answer, 422, "invalid_submission")
    assert {(fault["field"], fault["code"]) for fault in answer.body["faults"]} >= {
        ("worker", "required"),
        ("screening.danger_now", "required"),
        ("screening.sex", "not_listed"),
        ("screening.needs.0", "not_listed"),
        ("screening.travelling", "wrong_side"),
        ("screening", "unknown_field"),
        ("occurred_at", "needs_offset"),
        ("person.name", "not_text"),
        ("consent.1.how", "not_listed"),
    }
    for fault in answer.body["faults"]:
        assert fault["es"] != fault["en"]
    assert await cases_in_the_log(system) == 0


async def test_a_corrected_case_is_taken_under_the_id_it_was_refused_with(send: Send, token: str) -> None:
    wrong = a_child_alone()
    wrong["screening"]["sex"] = CANARY
    assert (await send(as_json(wrong), token)).status == 422
    assert (await send(as_json(a_child_alone()), token)).status == 201


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"0",
        b"null",
        b"[]",
        b'"CANARIO"',
        b'{"kind": "CANARIO"',
        b'{"kind": NaN}',
        b"\xff\xfe\x00CANARIO",
        b'{"worker": "CANARIO", "worker": "w-1"}',
        b'{"n": 1e999}',
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"CANARIO":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"s": "\\ud800"}',
    ],
    ids=[
        "nothing", "zero", "null", "a list", "a text", "cut off", "not a number", "not utf-8", "a key twice",
        "an infinite number", "an endless number", "a hundred thousand brackets", "twenty thousand objects",
        "half a character",
    ],
)  # fmt: skip
async def test_what_is_not_a_document_is_refused(send: Send, token: str, document: bytes) -> None:
    is_a_problem(await send(document, token), 422, "invalid_submission")


async def test_a_document_over_the_limit_is_too_large(send: Send, token: str) -> None:
    too_large = as_json(a_child_alone() | {"notes": "x" * 300_000})
    is_a_problem(await send(too_large, token), 413, "too_large")


async def test_a_shelter_that_does_not_exist_is_a_fault(send: Send, token: str) -> None:
    answer = await send(as_json(a_child_alone() | {"shelter": "ALB-CANARIO-99"}), token)
    is_a_problem(answer, 422, "invalid_submission")
    assert [(fault["field"], fault["code"]) for fault in answer.body["faults"]] == [("shelter", "not_listed")]


async def test_a_shelter_cannot_flag_a_case_for_another(system: System, send: Send) -> None:
    other = await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    is_a_problem(await send(as_json(a_child_alone()), other.headers["Authorization"]), 403, "not_allowed")
    assert await cases_in_the_log(system) == 0


async def test_a_case_for_another_shelter_is_refused_also_on_ones_own_subject(send: Send, token: str) -> None:
    elsewhere = a_child_alone() | {"shelter": "ALB-TAP-01"}
    is_a_problem(await send(as_json(elsewhere), token), 403, "not_allowed")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR, Role.PROGRAMME_COORDINATOR])
async def test_nobody_but_a_shelter_flags_cases(system: System, send: Send, role: Role) -> None:
    org = "UNICEF" if role in {Role.OFFICER, Role.SUPERVISOR} else "*"
    client = await system.signed_in(role, org)
    is_a_problem(await send(as_json(a_child_alone()), client.headers["Authorization"]), 403, "not_allowed")


@pytest.mark.parametrize(
    "token",
    [None, "Bearer", "Bearer czl_", "Bearer czl_CANARIO", "Basic czl_CANARIO", "czl_CANARIO", "Bearer x"],
)
async def test_without_a_valid_token_nothing_is_taken(system: System, send: Send, token: str | None) -> None:
    is_a_problem(await send(as_json(a_child_alone()), token), 401, "not_signed_in")
    assert await cases_in_the_log(system) == 0


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
async def test_a_token_that_was_revoked_or_has_expired_ends_at_the_next_request(
    system: System, send: Send, ended: str
) -> None:
    client = await system.signed_in(Role.SHELTER_WORKER, SHELTER, label="robado")
    token = client.headers["Authorization"]
    assert (await send(as_json(a_child_alone()), token)).status == 201
    assert system.ground.settings.postgres_dsn is not None
    connection = await asyncpg.connect(system.ground.settings.postgres_dsn.get_secret_value())
    try:
        await connection.execute(f"update accounts.token set {ended} = now() where label = 'robado'")
    finally:
        await connection.close()
    is_a_problem(await send(as_json(a_child_alone()), token), 401, "not_signed_in")


async def test_a_shelters_software_cannot_hear_what_others_send(system: System, token: str) -> None:
    names, secrets = system.ground.settings.names, system.ground.secrets
    denied: list[str] = []

    async def note(error: Exception) -> None:
        denied.append(str(error).lower())

    spy = await nats.connect(
        system.ground.settings.nats_url or "",
        user=names.user("shelters"),
        password=secrets.nats["shelters"],
        inbox_prefix=names.inbox("shelters").encode(),
        error_cb=note,
    )
    heard: list[Any] = []

    async def hear(message: Any) -> None:
        heard.append(message)

    try:
        for subject in (">", names.submit(), names.subjects("intake")):
            await spy.subscribe(subject, cb=hear)
        await spy.flush()
        async with httpx2.AsyncClient(base_url=system.url, headers={"Authorization": token}) as client:
            assert (await client.post("/api/v1/submissions", json=a_child_alone())).status_code == 201

        async def copied() -> bool:
            relay = system.service("intake").relay
            return relay is not None and relay.copied == 1

        await eventually(copied)
        await spy.flush()
        assert len(denied) == 3
        assert not heard
    finally:
        await spy.close()


class TestABodyOfTenMegabytes:
    SIZE = 10_000_000

    async def _connect(self, system: System, token: str, framing: str) -> tuple[asyncio.StreamReader, Any]:
        where = urlsplit(system.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(
            f"POST /api/v1/submissions HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n{framing}\r\n\r\n".encode()
        )
        await writer.drain()
        return reader, writer

    async def test_is_refused_before_any_of_it_was_sent_when_it_says_its_size(self, system: System, token: str) -> None:
        reader, writer = await self._connect(system, token, f"Content-Length: {self.SIZE}")
        async with asyncio.timeout(10):
            assert b" 413 " in await reader.readline()
        writer.close()

    async def test_is_refused_after_little_of_it_when_it_does_not(self, system: System, token: str) -> None:
        reader, writer = await self._connect(system, token, "Transfer-Encoding: chunked")
        sent, answer = 0, asyncio.create_task(reader.readline())
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        async with asyncio.timeout(10):
            while sent < self.SIZE and not answer.done():
                writer.write(chunk)
                sent += 0x10000
                await writer.drain()
                await asyncio.sleep(0)
            assert b" 413 " in await answer
        assert sent < self.SIZE
        writer.close()


async def test_the_receipt_is_short_enough_to_be_noted_by_hand(send: Send, token: str) -> None:
    answer = await send(as_json(a_child_alone() | {"submission_id": str(uuid4())}), token)
    assert len(answer.body["receipt"].replace("-", "")) == 8
