"""A flush ends when the server has read what came before it; the library's own may end before that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import nats
from nats.aio.client import Client

from services.chassis.messaging.flushing import flush
from tests.support.system.system import HANG

INFO = b'INFO {"server_id":"x","version":"2.15.1","proto":1,"max_payload":1048576}\r\n'


@asynccontextmanager
async def reading_server() -> AsyncIterator[tuple[str, list[bytes]]]:
    """The URL of a server that answers each PING, and the words that it has read by now."""
    words: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(INFO)
        while line := await reader.readline():
            words.append(line.split()[0])
            if words[-1] == b"PING":
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}", words
    finally:
        server.close()


async def words_read_by(flushing: Callable[[Client], Awaitable[None]]) -> list[bytes]:
    """The words after the connection, up to the PING whose answer ended the flush."""
    async with reading_server() as (url, words):
        client = await nats.connect(url, allow_reconnect=False, connect_timeout=int(HANG))
        before = len(words)
        await client.subscribe("a")
        await flushing(client)
        pings = [at for at, word in enumerate(words) if word == b"PING"]
        await client.close()
        return words[before : pings[-1] + 1]


async def test_a_subscription_is_known_to_the_server_once_it_is_flushed() -> None:
    assert b"SUB" in await words_read_by(flush)


async def test_the_librarys_own_flush_overtakes_it() -> None:
    """The control: once it is red the program needs no flush of its own."""
    assert await words_read_by(lambda client: client.flush(int(HANG))) == [b"PING"]
