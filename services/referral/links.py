"""What an alert's link leads to: exactly one referral, for its desk alone, and not for ever.

The code in a link says which referral, to whoever has the key (``chassis.link_codes``): nobody is asked.
Whether somebody may open it is asked of the referral itself, as of any request.
"""

from dataclasses import dataclass

from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.link_codes import LinkCodes
from services.chassis.log import Log
from services.referral.domain import Referral, fold
from services.referral.visibility import admit


class LinkExpiredError(ServiceError):
    """The link was this desk's, but has expired: the referral is found by its code in the list."""

    code = "link_expired"
    status = 410
    es = "El enlace venció. Busque la canalización por su código en la lista."
    en = "The link has expired. Find the referral by its code in the list."


@dataclass(frozen=True, slots=True)
class Links:
    """Opens the links of an installation."""

    log: Log
    clock: Clock
    codes: LinkCodes | None

    async def opened(self, code: str, principal: Principal, action: Action) -> Referral:
        """The referral of a link.

        Raises:
            NotFoundError: no such link, or another desk's: both look the same, expired or not.
            LinkExpiredError: it has expired.
        """
        said = None if self.codes is None else self.codes.read(code)
        if said is None:
            raise NotFoundError
        referral = admit(fold((await self.log.streams([said.referral]))[said.referral]), principal, action)
        if not allowed(principal, action, agency=referral.agency):
            raise NotFoundError  # the shelter that registered it has no alert of it
        if said.expires_at <= self.clock():
            raise LinkExpiredError
        return referral
