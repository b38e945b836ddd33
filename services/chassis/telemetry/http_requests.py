"""Middleware that counts requests by route template. It is there only while somebody reads the numbers."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.telemetry.instruments import Instruments
from services.chassis.web.access_log import route_of


class MeasuredRequests:
    """Measures until an answer begins: an event stream is open for hours, and its answer began at once."""

    def __init__(self, app: ASGIApp, *, instruments: Instruments) -> None:
        """Wraps the application."""
        self._app = app
        self._instruments = instruments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, answered, status = perf_counter(), None, 500

        async def measured(message: Message) -> None:
            nonlocal answered, status
            if message["type"] == "http.response.start":
                answered, status = perf_counter(), message["status"]
            await send(message)

        self._instruments.in_flight.inc()
        try:
            await self._app(scope, receive, measured)
        finally:
            self._instruments.in_flight.dec()
            seconds = (answered or perf_counter()) - begun
            self._instruments.answered(route_of(scope), scope["method"], status, seconds)
