"""A wire between two servers that can be cut: what is under way stays there until it is mended, as on a real one."""

import asyncio
from contextlib import suppress


class Forwarder:
    """Listens on a port of its own and passes everything on to ``target``, a port of this machine."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Nothing comes through any more; neither side is told."""
        self._whole.clear()

    def mend(self) -> None:
        """What was sent meanwhile arrives now."""
        self._whole.set()

    def drop(self) -> None:
        """Ends the connections that are open, as a router does that forgets them."""
        for task in self._open:
            task.cancel()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        ends = [writer]
        with suppress(OSError, asyncio.CancelledError):
            try:
                await self._whole.wait()
                there, back = await asyncio.open_connection("127.0.0.1", self._target)
                ends.append(back)
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass_on(reader, back))
                    both.create_task(self._pass_on(there, writer))
            except* (OSError, EOFError):
                pass
        for end in ends:
            end.close()
        self._open.discard(task)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while passing := await source.read(65536):
            await self._whole.wait()
            sink.write(passing)
            await sink.drain()
        raise EOFError  # ends the other way too
