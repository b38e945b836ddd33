"""Authenticates and authorises a request before its route runs."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import Depends, Request

from services.chassis.authorization.policy import Action, Principal, lacks_a_person, role_allows
from services.chassis.errors import NeedsAPersonError, NotAllowedError
from services.chassis.identity.tokens import Tokens
from services.chassis.security.current import sent_by
from services.chassis.web.cookies import refuse_cross_site, refuse_foreign_form, session_cookie


class RequestGuard:
    """A dependency that authenticates the sender of a request.

    Its attributes are public, so that a test can compare every route with the table for people
    (docs/guides/access.md).
    """

    __slots__ = ()
    action: Action | None
    """``None``: allowed to everybody who has signed in."""
    takes_tokens: ClassVar[bool] = True
    """Whether a token is accepted; otherwise only a person's session."""


@dataclass(frozen=True, slots=True, eq=False)
class Permission(RequestGuard):
    """Authenticates the sender by token or by session; refuses those whose role never allows the action."""

    tokens: Tokens
    action: Action | None
    by_form: bool = False
    """The request comes from a page's form, which cannot send the header that is required of a program."""
    by_script: bool = False
    """An open page sends the request by itself, so it does not keep the person's session alive."""

    async def __call__(self, request: Request) -> Principal:
        """The sender of the request.

        Raises:
            NotSignedInError: the request has no valid token or session.
            NotAllowedError: the role, or the token's scopes, do not allow the action.
            NeedsAPersonError: the action needs an account, and the token belongs to nobody.
            CrossSiteError: the request comes from another site, with a person's session.
        """
        request.state.keeps_form = self.by_form
        authorization, secret = request.headers.get("authorization"), session_cookie(request)
        if authorization is None and secret is not None:
            (refuse_foreign_form if self.by_form else refuse_cross_site)(request)
            look_up = self.tokens.of_session_left_alone if self.by_script else self.tokens.of_session
            principal = await look_up(secret)
        else:
            principal = await self.tokens.principal(authorization, self.action)
        sent_by(principal, self.action)
        request.state.principal = principal
        if self.action is not None and not role_allows(principal, self.action):
            raise NotAllowedError
        if self.action is not None and lacks_a_person(principal, self.action):
            raise NeedsAPersonError
        return principal


def requires(tokens: Tokens, action: Action, *, by_form: bool = False, by_script: bool = False) -> Any:
    """A dependency that returns the sender, and refuses those whose role never allows the action."""
    return Depends(Permission(tokens, action, by_form, by_script))


def signed_in(tokens: Tokens) -> Any:
    """A dependency that returns the sender, of any role."""
    return Depends(Permission(tokens, None))
