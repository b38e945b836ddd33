"""A submission with faults opens no case, and the refusal names every fault and repeats no value."""

import asyncio
import gzip
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.system.submitting import CANARY, Document, Send, as_json, cases_in_the_log, is_a_problem
from tests.support.system.system import HANG, System


async def test_every_fault_is_reported_at_once_and_no_value_is_repeated(
    system: System, send: Send, token: str, child: Document
) -> None:
    wrong = deepcopy(child)
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
    assert await cases_in_the_log(system, child) == 0


async def test_a_shelter_that_does_not_exist_is_a_fault(send: Send, token: str, child: Document) -> None:
    answer = await send(as_json(child | {"shelter": "ALB-CANARIO-99"}), token)
    is_a_problem(answer, 422, "invalid_submission")
    assert [(fault["field"], fault["code"]) for fault in answer.body["faults"]] == [("shelter", "not_listed")]


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


async def test_a_document_over_the_limit_is_too_large(send: Send, token: str, child: Document) -> None:
    too_large = as_json(child | {"notes": "x" * 300_000})
    is_a_problem(await send(too_large, token), 413, "too_large")


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

    async def test_is_refused_before_any_of_it_is_sent_if_it_declares_its_size(
        self, system: System, token: str
    ) -> None:
        reader, writer = await self._connect(system, token, f"Content-Length: {self.SIZE}")
        async with asyncio.timeout(HANG):
            assert b" 413 " in await reader.readline()
        writer.close()

    async def test_is_refused_after_little_of_it_if_it_does_not(self, system: System, token: str) -> None:
        reader, writer = await self._connect(system, token, "Transfer-Encoding: chunked")
        sent, answer = 0, asyncio.create_task(reader.readline())
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        async with asyncio.timeout(HANG):
            while sent < self.SIZE and not answer.done():
                writer.write(chunk)
                sent += 0x10000
                await writer.drain()
                await asyncio.sleep(0)
            assert b" 413 " in await answer
        assert sent < self.SIZE
        writer.close()


async def test_a_compressed_submission_is_refused_as_what_it_is(send: Send, token: str, child: Document) -> None:
    compressed = gzip.compress(as_json(child))
    is_a_problem(await send(compressed, token, Content_Encoding="gzip"), 415, "unsupported_encoding")
    assert (await send(as_json(child), token, Content_Encoding="identity")).status == 201
