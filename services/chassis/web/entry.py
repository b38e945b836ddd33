"""The middleware through which every request passes first: body limit, admission, and the headers of every answer.

A body is read here, up to its route's limit and within a time limit, before anything is parsed or looked up. So a body
in pieces (``Transfer-Encoding: chunked``), whose length nobody declares, costs no more memory than any other.
"""

import asyncio
from collections.abc import Mapping

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.errors import ServiceError
from services.chassis.web import problems
from services.chassis.web.admission import Admission
from services.chassis.web.bodies import BodyTooLargeError, SlowBodyError, declared_length

BODY_SECONDS = 30.0
"""Seconds in which a body must arrive."""


class _LeftError(Exception):
    """The sender closed the connection before the body was complete."""


class Entry:
    """Middleware that refuses what no route should see, and adds headers to every answer."""

    def __init__(self, app: ASGIApp, *, admission: Admission, headers: Mapping[str, str]) -> None:
        """``headers`` are added unless the answer has its own."""
        self._app = app
        self._admission = admission
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                message = {**message, "headers": [*given, *(one for one in self._headers if one[0] not in names)]}
            await send(message)

        request = Request(scope)
        try:
            receive = await self._with_body(request, receive)
        except _LeftError:
            return
        except ServiceError as refusal:
            await problems.answer_to(request, refusal)(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    async def _with_body(self, request: Request, receive: Receive) -> Receive:
        """Reads the whole body.

        Raises:
            ServiceError: the request is refused.
            _LeftError: nobody waits for an answer.
        """
        length = declared_length(request)
        in_pieces = "transfer-encoding" in request.headers
        limit = self._admission.body_limit(request, at_least=None if in_pieces else length)
        if length > limit:
            raise BodyTooLargeError
        refusal = self._admission.refusal(request)
        if refusal is not None:
            raise refusal
        if not (length or in_pieces):
            return receive
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(receive, limit)
        except TimeoutError:
            raise SlowBodyError from None
        return _replayed(body, receive)


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _LeftError
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLargeError
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body in one piece, then what else comes: that the sender has left."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
