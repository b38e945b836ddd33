"""Authenticates whoever opens a stream, and again while it is open: a stream ends with what opened it."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Depends, Request

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import AdmissionClosedError, NotSignedInError, ServiceError, StoreUnavailableError
from services.chassis.identity.request_guard import Permission, RequestGuard
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cookies import session_cookie


class TooManyStreamsError(ServiceError):
    """As many streams are open to this person, or with this token, as one may have open."""

    code = "too_many_streams"
    status = 429


@dataclass(frozen=True, slots=True)
class Watched:
    """Whoever opened a stream."""

    principal: Principal
    _again: Callable[[], Awaitable[Principal]] = field(repr=False)

    async def still_here(self) -> bool:
        """Whether token or session, role and organisation are as they were; not if that cannot be looked up."""
        try:
            return await self._again() == self.principal
        except (NotSignedInError, AdmissionClosedError, StoreUnavailableError):
            return False


@dataclass(frozen=True, slots=True, eq=False)
class StreamGuard(RequestGuard):
    """Authenticates the sender, and limits how many streams are open to one person or token in this process."""

    permission: Permission
    most: int
    open: Counter[str] = field(default_factory=Counter)

    @property
    def action(self) -> Action | None:  # type: ignore[override]  # that of the permission, which a test compares
        """The action that the permission asks for."""
        return self.permission.action

    async def __call__(self, request: Request) -> AsyncIterator[Watched]:
        """Whoever opened the stream. The place is free again when the response has ended.

        Raises:
            TooManyStreamsError: as many are open as one may have.
            NotSignedInError, NotAllowedError, NeedsAPersonError, CrossSiteError: see ``Permission``.
        """
        principal = await self.permission(request)
        whose = principal.person or principal.actor
        if self.open[whose] >= self.most:
            raise TooManyStreamsError
        self.open[whose] += 1
        try:
            yield Watched(principal, self._looked_up_again(request))
        finally:
            self.open[whose] -= 1
            if not self.open[whose]:
                del self.open[whose]

    def _looked_up_again(self, request: Request) -> Callable[[], Awaitable[Principal]]:
        tokens, authorization, secret = self.permission.tokens, request.headers.get("authorization"), None
        if authorization is None:
            secret = session_cookie(request)
        if secret is None:
            return lambda: tokens.principal(authorization)
        return lambda: tokens.of_session_left_alone(secret)


def watches(tokens: Tokens, action: Action, most: int) -> Any:
    """A dependency that returns whoever opened a stream; at most ``most`` are open to each."""
    return Depends(StreamGuard(Permission(tokens, action, by_script=True), most))
