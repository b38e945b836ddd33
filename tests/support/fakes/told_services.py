"""Servers that tell what reached them: which of them it was, the path, and what the proxy said of the sender."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress


@asynccontextmanager
async def told_services(names: Sequence[str], *, tls: ssl.SSLContext | None = None) -> AsyncIterator[dict[str, int]]:
    """One server for each name, on any free port; the ports. ``tls``: with this certificate."""
    async with AsyncExitStack() as stack:
        ports = {}
        for name in names:
            server = await asyncio.start_server(_answering(name), "127.0.0.1", 0, ssl=tls)
            await stack.enter_async_context(server)
            ports[name] = server.sockets[0].getsockname()[1]
        yield ports


def _answering(name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever asks may only look whether anybody listens, or give up in the middle of a body.
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            request, *lines = head.split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
            await reader.readexactly(int(headers.get("content-length", 0)))
            method, path, _ = request.split(" ")
            body = json.dumps({"service": name, "method": method, "path": path, "headers": headers}).encode()
            content = b"" if method == "HEAD" else body
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                % len(body)
                + content
            )
            await writer.drain()

    return answer
