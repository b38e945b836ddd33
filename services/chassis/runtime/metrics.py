"""``/metrics`` for Prometheus, on a port of its own: not beside what people and programs use, and for no sender's eyes.

A scrape answers within the time limits of the health checks, also when PostgreSQL is frozen.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import Receive, Scope, Send

from services.chassis.runtime.gauges import ServiceGauges
from services.chassis.telemetry.exposition import CONTENT_TYPE, written
from services.chassis.telemetry.instruments import Instruments

PATH = "/metrics"
AT_ONCE = 8
"""Requests that are answered at the same time; whoever asks more often is refused."""


class Metrics:
    """The application of that port."""

    def __init__(self, gauges: Mapping[str, ServiceGauges], instruments: Instruments) -> None:
        """``gauges`` by service."""
        self._gauges = gauges
        self._instruments = instruments

    async def close(self) -> None:
        """Ends what still waits for an answer."""
        await asyncio.gather(*(each.close() for each in self._gauges.values()))

    @asynccontextmanager
    async def served(self, listener: socket.socket) -> AsyncIterator[None]:
        """Answers while the context lasts."""
        config = uvicorn.Config(
            self, log_config=None, access_log=False, server_header=False, lifespan="off", limit_concurrency=AT_ONCE
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await task
            await self.close()
            listener.close()

    async def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        read = await asyncio.gather(*(each.samples() for each in self._gauges.values()))
        return written(self._instruments.registry, dict(zip(self._gauges, read, strict=True)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers ``GET /metrics`` and nothing else."""
        del receive
        found = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET"
        body = await self.text() if found else b""
        headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Server(uvicorn.Server):
    """Ends with the service that it tells of; signals are the other server's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
