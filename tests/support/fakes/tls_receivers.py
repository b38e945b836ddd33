"""Receivers of webhooks by TLS on this machine, of which some do their worst."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.fakes.certificates import Files

TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """One receiver: its port, the heads of the requests that it got, and its open connections."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    open: int = 0


async def takes(writer: asyncio.StreamWriter) -> None:
    """Answers at once and leaves the connection open."""
    writer.write(TAKEN)
    await writer.drain()


async def drips_its_head(writer: asyncio.StreamWriter) -> None:
    """Answers by the byte, for ever, so that no single read takes long."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: x\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drips_its_content(writer: asyncio.StreamWriter) -> None:
    """Answers with a status, and then with a byte now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def says_nothing(_: asyncio.StreamWriter) -> None:
    """Takes the request and never answers."""
    await asyncio.Event().wait()


@asynccontextmanager
async def receiving(files: Files | None, answer: Answering) -> AsyncIterator[Receiver]:
    """A receiver on a free port; without files by plain HTTP."""
    receiver, ending = Receiver(), asyncio.Event()
    tls = None
    if files is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(files.cert, files.key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.open += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
                    await reader.readexactly(int(length.partition(b":")[2]))
                    receiver.heads.append(head)
                    answering = asyncio.ensure_future(answer(writer))
                    ended = {asyncio.ensure_future(reader.read()), asyncio.ensure_future(ending.wait())}
                    await asyncio.wait({answering, *ended}, return_when=asyncio.FIRST_COMPLETED)
                    for task in ended:
                        task.cancel()
                    await asyncio.wait(ended)
                    if not answering.done():
                        answering.cancel()
                        return
                    answering.result()
        finally:
            receiver.open -= 1
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        ending.set()
        server.close()
