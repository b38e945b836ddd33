"""What two servers could read in two ways is refused, and a request that never ends is not waited for."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from time import monotonic

import pytest

from services.chassis.runtime import http_protocol
from services.chassis.runtime.application import application
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.web import entry
from tests.support.system.raw_http import answer_to, connected

HEAD = b"POST /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"
SECOND = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
MISLEADING = {
    "a length beside chunks": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "chunks beside a length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + SECOND,
    "chunks in the old version": HEAD.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "two lengths": HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nxxxxx" + SECOND,
    "a folded line": b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: one\r\n two\r\n\r\n" + SECOND,
    "a folded line with a tab": b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: one\r\n\ttwo\r\n\r\n" + SECOND,
    "line feeds alone": b"GET /health/live HTTP/1.1\nHost: 127.0.0.1\n\n" + SECOND,
    "one line feed alone": b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\nX-A: one\r\n\r\n" + SECOND,
    "a carriage return alone": b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: o\rne\r\n\r\n" + SECOND,
    "a blank line of a line feed": b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\n" + SECOND,
    "a trailer of line feeds": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: one\n\n" + SECOND,
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    listener = listen("127.0.0.1", 0)
    async with served(application([]), listener):
        yield url_of(listener)


@pytest.mark.parametrize("request_", MISLEADING.values(), ids=MISLEADING)
async def test_a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(
    url: str, request_: bytes
) -> None:
    answer = await answer_to(url, request_)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1, "what follows is not a request"
    assert b"application/problem+json" in answer
    assert b'"code":"not_http"' in answer


async def test_requests_of_one_meaning_are_answered_one_after_the_other(url: str) -> None:
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\nX-A: one\r\n\r\n"
    by_length = HEAD + b"Content-Length: 3\r\n\r\n\n \n"
    answer = await answer_to(url, chunked + by_length + SECOND)
    assert re.findall(rb"HTTP/1\.1 (\d{3}) ", answer) == [b"405", b"405", b"200"]


async def until_it_ends(reader: asyncio.StreamReader) -> bytes:
    """What is read until the connection ends; a reset by a server that waits no longer is an end, too."""
    got = bytearray()
    with suppress(ConnectionResetError):
        while block := await reader.read(4096):
            got += block
    return bytes(got)


async def test_half_a_head_is_not_waited_for_though_it_goes_on_by_the_byte(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.5)

    async def half(begin: bytes, then: bytes) -> bytes:
        async with connected(url) as (reader, writer):
            writer.write(begin)
            ended = asyncio.create_task(until_it_ends(reader))
            while not ended.done():
                writer.write(then)
                await asyncio.wait({ended}, timeout=0.05)
            return await ended

    begin = monotonic()
    many = [half(b"GET /health/live HTTP/1.1\r\nX-A: ", b"x") for _ in range(50)]
    silent = [half(b"", b"") for _ in range(50)]
    assert await asyncio.gather(*many, *silent) == [b""] * 100
    assert monotonic() - begin < 60, "each of them ends by itself, not by uvicorn's other limits"


async def test_a_body_that_comes_by_the_byte_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "LINGER_SECONDS", 0.2)
    monkeypatch.setattr(entry, "BODY_SECONDS", 0.5)
    for begin, then in (
        (HEAD + b"Content-Length: 4000\r\n\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ):
        async with connected(url) as (reader, writer):
            writer.write(begin)
            ended = asyncio.create_task(until_it_ends(reader))
            while not ended.done():
                writer.write(then)
                await asyncio.wait({ended}, timeout=0.05)
            assert (await ended)[:13] in {b"HTTP/1.1 408 ", b""}, "the end may overtake the answer"
