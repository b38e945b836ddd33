"""HTTP byte by byte over a socket, as no client library would send it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.support.system.system import HANG


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the server of a URL."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()  # what was not sent is not waited for
        with suppress(OSError):
            await writer.wait_closed()


async def answer_to(url: str, request: bytes) -> bytes:
    """All that the server answers to these bytes until it closes the connection."""
    async with connected(url) as (reader, writer), asyncio.timeout(HANG):
        writer.write(request)
        return await reader.read()


async def status_of_chunks(url: str, head: bytes, size: int, most: int) -> tuple[int, int]:
    """Sends chunks until there is an answer, at most so many. The answer's status, and how many bytes had been sent."""
    async with connected(url) as (reader, writer), asyncio.timeout(HANG):
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
        answer, sent = asyncio.create_task(reader.readline()), 0
        while not answer.done() and sent < most:
            writer.write(b"%x\r\n" % size + b" " * size + b"\r\n")
            await writer.drain()
            sent += size
            await asyncio.sleep(0)
        if not answer.done():
            writer.write(b"0\r\n\r\n")
        return int((await answer).split()[1]), sent
