"""Runs an application under uvicorn so that it can stop: open event streams are ended first."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from services.chassis.runtime import settle
from services.chassis.service import Service

GRACE = 20
"""Seconds for requests under way; an operator's SIGTERM must be obeyed within 30."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class PortTakenError(RuntimeError):
    """Something else listens on the port."""


class Server(uvicorn.Server):
    """uvicorn waits for open connections before it tells the application to stop; a stream never ends by itself."""

    def __init__(self, app: FastAPI, *, on_signals: bool) -> None:
        """``on_signals``: Ctrl-C and SIGTERM end it. Otherwise whoever started it does."""
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE
        )
        super().__init__(config)
        self._services: list[Service] = list(app.state.services)
        self._on_signals = on_signals

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, then stops as uvicorn does."""
        for service in self._services:
            service.release()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but a signal is not raised again afterwards: what encloses us stops in its own order."""
        signals = SIGNALS if self._on_signals else ()
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        PortTakenError: the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the protocol is said: without it every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise PortTakenError(f"port {port} is taken: set CANALIZA_PORT") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def served(
    app: FastAPI, listener: socket.socket, *, on_signals: bool = False
) -> AsyncIterator[asyncio.Task[None]]:
    """Serves for as long as the context lasts. Yields the serving task: it ends by itself on a signal.

    Raises:
        RuntimeError: the application did not start.
    """
    server = Server(app, on_signals=on_signals)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the application ended while it started")
            await asyncio.sleep(0.01)
        settle()
        yield task
    finally:
        server.should_exit = True
        await task
        listener.close()
