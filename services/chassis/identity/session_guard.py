"""A dependency of the routes about the caller's own session."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import Depends, Request

from services.chassis.authorization.policy import Action
from services.chassis.errors import NotSignedInError
from services.chassis.identity.commands import SigningIn
from services.chassis.identity.policy import Stage
from services.chassis.identity.request_guard import RequestGuard
from services.chassis.identity.store import Session
from services.chassis.web.cookies import refuse_cross_site, session_cookie


@dataclass(frozen=True, slots=True)
class ProvenSession:
    """A session with the secret that proves it."""

    session: Session
    secret: str


@dataclass(frozen=True, slots=True, eq=False)
class SessionGuard(RequestGuard):
    """Authenticates the sender of a session's cookie; ``stages``: the stages that are accepted."""

    signing_in: SigningIn
    stages: frozenset[Stage]
    action: Action | None = None
    takes_tokens: ClassVar[bool] = False

    async def __call__(self, request: Request) -> ProvenSession:
        """The session.

        Raises:
            NotSignedInError: no session that has not ended, or one of another stage.
            CrossSiteError: the request comes from another site.
        """
        secret = session_cookie(request)
        if secret is None:
            raise NotSignedInError
        refuse_cross_site(request)
        session = await self.signing_in.accounts.session(secret, self.signing_in.now())
        if session is None or session.stage not in self.stages:
            raise NotSignedInError
        return ProvenSession(session, secret)


def requires_session(signing_in: SigningIn, *stages: Stage) -> Any:
    """A dependency that returns the session; without ``stages`` every stage is accepted."""
    return Depends(SessionGuard(signing_in, frozenset(stages or Stage)))
