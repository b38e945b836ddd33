"""One log line for each request: route, method, status, time taken, and who sent it. Never a path, query or address.

It is the outermost of our middlewares: it gives the request its id, which every other line, the answer's header and
every problem document have, too.
"""

from time import perf_counter

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.security.current import HEADER, CurrentRequest, answering, request_id
from services.chassis.security.places import UNKNOWN
from services.chassis.security.refusals import WatchedCounts

logger = structlog.get_logger(__name__)

UNMATCHED = "-"
"""The route of a request that no route takes: its path came from the sender."""
_HEADER = HEADER.lower().encode()
_QUIET = "/health/"
"""Routes that are asked every few seconds by machines; logged at level DEBUG unless they fail."""
_REFUSED = frozenset({401, 403, 429})


class AccessLog:
    """Middleware that gives each request an id, logs it when it is answered, and counts what is watched."""

    def __init__(self, app: ASGIApp, *, counts: WatchedCounts, place_key: bytes | None) -> None:
        """Wraps the application. ``place_key``: for the digests of places; without it lines have none."""
        self._app = app
        self._counts = counts
        self._place_key = place_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == _HEADER), None)
        client = scope.get("client")
        address = client[0] if client else UNKNOWN
        current = CurrentRequest(request_id(given), address, self._place_key)
        scope.setdefault("state", {})["current_request"] = current
        header = (_HEADER, str(current.id).encode())
        begun, status = perf_counter(), 500

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        with answering(current):
            try:
                await self._app(scope, receive, with_id)
            finally:
                self._counts.count(current)
                _log(scope, current, status, round((perf_counter() - begun) * 1000, 1))


def current_of(request: Request) -> CurrentRequest | None:
    """The current request, for a handler that runs outside of the middleware."""
    found: CurrentRequest | None = request.scope.get("state", {}).get("current_request")
    return found


def route_of(scope: Scope) -> str:
    """The template of the route that took a request, such as ``/api/v1/cases/{case_id}``."""
    template: str | None = getattr(scope.get("route"), "path_format", None)
    return UNMATCHED if template is None else template


def _log(scope: Scope, current: CurrentRequest, status: int, duration: float) -> None:
    route, method = route_of(scope), scope["method"]
    if status in _REFUSED or current.refusal is not None:
        level = logger.warning if status in _REFUSED else logger.info
        level(
            "request_refused",
            route=route,
            method=method,
            status=status,
            duration_ms=duration,
            code=current.refusal,
            action=current.action,
        )
    elif route.startswith(_QUIET) and status < 500:
        logger.debug("request", route=route, method=method, status=status, duration_ms=duration)
    else:
        logger.info(
            "request",
            route=route,
            method=method,
            status=status,
            duration_ms=duration,
            service=current.service,
            position=current.position,
            count=current.events or None,
        )
