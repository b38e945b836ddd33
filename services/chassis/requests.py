"""What every request is asked before a route sees it: who sends it, whether their role may, and how large it is."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from fastapi import Depends, Request

from services.chassis.access import Action, Principal, ever
from services.chassis.accounts.cookies import refuse_cross_site, refuse_foreign_form, session_cookie
from services.chassis.errors import MalformedRequestError, NotAllowedError, ServiceError
from services.chassis.tokens import Tokens


class BodyTooLargeError(ServiceError):
    """The body is over the limit; nothing of it was read further."""

    code = "too_large"
    status = 413
    es = "El envío es demasiado grande."
    en = "The submission is too large."


class Gate:
    """A dependency that asks who sends a request.

    What it asks for is there to be read: the routes are held against the table for people (docs/guides/access.md).
    """

    __slots__ = ()
    action: Action | None
    """``None``: whoever has signed in."""


@dataclass(frozen=True, slots=True, eq=False)
class Permission(Gate):
    """Who sends the request, by token or by session; refused when their role never may do this."""

    tokens: Tokens
    action: Action | None
    by_form: bool = False
    """A page's form sends it, which cannot add the header that is asked of a program."""

    async def __call__(self, request: Request) -> Principal:
        """Who sends it.

        Raises:
            NotSignedInError: nobody we know.
            NotAllowedError: a role, or a token, that this is not for.
            CrossSiteError: another site uses somebody's session.
        """
        authorization, secret = request.headers.get("authorization"), session_cookie(request)
        if authorization is None and secret is not None:
            (refuse_foreign_form if self.by_form else refuse_cross_site)(request)
            principal = await self.tokens.of_session(secret)
        else:
            principal = await self.tokens.principal(authorization)
        if self.action is not None and not ever(principal, self.action):
            raise NotAllowedError
        return principal


def may(tokens: Tokens, action: Action, *, by_form: bool = False) -> Any:
    """A dependency: who sends the request, refused when their role never may do this."""
    return Depends(Permission(tokens, action, by_form))


def signed_in(tokens: Tokens) -> Any:
    """A dependency: who sends the request, whatever their role."""
    return Depends(Permission(tokens, None))


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


async def filled(request: Request, most: int) -> dict[str, str]:
    """A form's fields, of each the last value.

    Raises:
        BodyTooLargeError: over ``most`` bytes.
        MalformedRequestError: it is no form.
    """
    try:
        fields = parse_qs((await limited_body(request, most)).decode(), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        raise MalformedRequestError from None
    return {name: values[-1] for name, values in fields.items()}


def declared_length(request: Request) -> int:
    """The length that the caller says the body has; 0 when it does not say."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
