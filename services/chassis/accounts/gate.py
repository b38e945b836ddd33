"""A dependency of the routes about one's own session."""

from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request

from services.chassis.access import Action
from services.chassis.accounts.cookies import refuse_cross_site, session_cookie
from services.chassis.accounts.policy import Stage
from services.chassis.accounts.signing_in import SigningIn
from services.chassis.accounts.store import Session
from services.chassis.errors import NotSignedInError
from services.chassis.requests import Gate


@dataclass(frozen=True, slots=True)
class Held:
    """A session with the secret that proves it."""

    session: Session
    secret: str


@dataclass(frozen=True, slots=True, eq=False)
class Holding(Gate):
    """Whoever sends a session's cookie; ``stages``: how far they must have come."""

    signing_in: SigningIn
    stages: frozenset[Stage]
    action: Action | None = None

    async def __call__(self, request: Request) -> Held:
        """The session.

        Raises:
            NotSignedInError: none that lives, or not far enough.
            CrossSiteError: it comes from another site.
        """
        secret = session_cookie(request)
        if secret is None:
            raise NotSignedInError
        refuse_cross_site(request)
        session = await self.signing_in.accounts.session(secret, self.signing_in.now())
        if session is None or session.stage not in self.stages:
            raise NotSignedInError
        return Held(session, secret)


def holding(signing_in: SigningIn, *stages: Stage) -> Any:
    """The dependency; without stages, any will do."""
    return Depends(Holding(signing_in, frozenset(stages or Stage)))
