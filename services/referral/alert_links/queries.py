"""Resolves an alert's link to its referral: only for the desk that was alerted, and only until it expires.

The code is the encrypted referral id; decoding needs the key (``chassis.vault.link_codes``) but no database lookup. Who
may open it is decided on the referral, as for any request.
"""

from dataclasses import dataclass

from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.eventlog.log import Log
from services.chassis.vault.link_codes import LinkCodes
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.visibility import admit


class LinkExpiredError(ServiceError):
    """The link has expired. Only its own desk gets this answer; the referral can still be found in the list."""

    code = "link_expired"
    status = 410


@dataclass(frozen=True, slots=True)
class AlertLinks:
    """Resolves the links of an installation."""

    log: Log
    clock: Clock
    codes: LinkCodes | None

    async def resolve(self, code: str, principal: Principal, action: Action) -> Referral:
        """Resolves a link.

        Raises:
            NotFoundError: no such link, or another desk's: both look the same, expired or not.
            LinkExpiredError: it has expired.
        """
        link = None if self.codes is None else self.codes.read(code)
        if link is None:
            raise NotFoundError
        referral = admit(fold((await self.log.streams([link.referral]))[link.referral]), principal, action)
        if not allowed(principal, action, agency=referral.agency):
            raise NotFoundError  # the shelter may see the referral, but gets no alert of it
        if link.expires_at <= self.clock():
            raise LinkExpiredError
        return referral
