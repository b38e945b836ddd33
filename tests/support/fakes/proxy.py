"""A way to PostgreSQL that can lose the answer to a commit: the server has committed and the client never hears."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SOCKET = ".s.PGSQL.5432"
COMMIT = b"COMMIT;\x00"


class Proxy:
    """Passes everything on between clients and a server, on unix sockets."""

    def __init__(self, dsn: str) -> None:
        """``dsn`` leads to the server; the proxy's own leads through it."""
        self.folder = Path(tempfile.mkdtemp(prefix="cz-proxy-"))
        (behind,) = parse_qs(urlsplit(dsn).query)["host"]
        self._behind = Path(behind) / SOCKET
        self.dsn = re.sub(r"host=[^&]*", f"host={self.folder}", dsn)
        self.lose_answers = 0
        """How many of the next commits' answers to lose."""
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it or an answer was lost."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._between(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.close()  # the server is away, or the proxy ends: either way the client is told by this
        finally:
            self._open.discard(task)

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._behind)
        losing = asyncio.Event()
        ways = [
            asyncio.create_task(self._ask(reader, server_writer, losing)),
            asyncio.create_task(self._answer(server_reader, writer, losing)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, server_writer):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _ask(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while asked := await reader.read(65536):
            if self.lose_answers and COMMIT in asked:
                self.lose_answers -= 1
                losing.set()
            server.write(asked)
            await server.drain()

    async def _answer(self, server: asyncio.StreamReader, client: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while answer := await server.read(65536):
            if losing.is_set():
                return  # the server has answered, so it has committed; nobody will hear of it
            client.write(answer)
            await client.drain()

    async def close(self) -> None:
        """Ends what is open."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        shutil.rmtree(self.folder)


@asynccontextmanager
async def proxied(dsn: str) -> AsyncIterator[Proxy]:
    """A proxy in front of a server."""
    proxy = Proxy(dsn)
    server = await asyncio.start_unix_server(proxy.serve, proxy.folder / SOCKET)
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
