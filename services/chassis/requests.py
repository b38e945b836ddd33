"""What every request is asked before a route sees it: who sends it, whether their role may, and how large it is."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from services.chassis.access import Action, Principal, ever
from services.chassis.errors import NotAllowedError, ServiceError
from services.chassis.tokens import Tokens


class BodyTooLargeError(ServiceError):
    """The body is over the limit; nothing of it was read further."""

    code = "too_large"
    status = 413
    es = "El envío es demasiado grande."
    en = "The submission is too large."


def signed_in(tokens: Tokens) -> Callable[..., Awaitable[Principal]]:
    """A dependency: who sends the request."""

    async def principal(
        authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> Principal:
        return await tokens.principal(authorization)

    return principal


def may(tokens: Tokens, action: Action) -> Any:
    """A dependency: who sends the request, refused when their role never may do this."""

    async def permitted(principal: Annotated[Principal, Depends(signed_in(tokens))]) -> Principal:
        if not ever(principal, action):
            raise NotAllowedError
        return principal

    return Depends(permitted)


async def limited_body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is over the limit.

    Raises:
        BodyTooLargeError: over ``most`` bytes.
    """
    if declared_length(request) > most:
        raise BodyTooLargeError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BodyTooLargeError
    return bytes(body)


def declared_length(request: Request) -> int:
    """The length that the caller says the body has; 0 when it does not say."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
