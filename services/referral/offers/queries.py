"""What an agency that was asked in another's stead may know: a code, how urgent it is, and what it answered."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from events.vocabulary import Agency, Urgency
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log import Log
from services.chassis.ids import short_code
from services.referral.lifecycle.domain import fold
from services.referral.offers.domain import check


@dataclass(frozen=True, slots=True)
class AskedReferral:
    """A referral that an agency was asked about. Of the person it says nothing."""

    code: str
    urgency: Urgency
    answer: Literal["offered", "unavailable"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReferrals:
    """Reads the referrals that agencies were asked about."""

    log: Log

    async def one(self, referral: UUID, principal: Principal) -> AskedReferral:
        """A referral that the principal's agency was asked about and may still answer.

        Raises:
            NotFoundError: the agency was not asked about such a referral.
            NoLongerAskedError: the referral needs nobody else any more.
        """
        if not role_allows(principal, Action.ANSWER_REQUEST) or principal.org not in set(Agency):
            raise NotFoundError
        by = Agency(principal.org)
        found = check(fold((await self.log.streams([referral]))[referral]), by)
        offered, unavailable = by in found.after.offered, by in found.after.unavailable
        answer: Literal["offered", "unavailable"] | None = (
            "offered" if offered else "unavailable" if unavailable else None
        )
        return AskedReferral(code=short_code(found.id), urgency=found.urgency, answer=answer)

    async def was_asked(self, referral: UUID, principal: Principal) -> bool:
        """Whether the principal's agency was asked about such a referral, whatever became of it."""
        if not role_allows(principal, Action.ANSWER_REQUEST):
            return False
        found = fold((await self.log.streams([referral]))[referral])
        return found is not None and principal.org in found.after.asked

    async def sent_instead(self, referral: UUID, principal: Principal) -> UUID | None:
        """The referral that the principal's agency got after its offer; ``None``: it got none."""
        found = fold((await self.log.streams([referral]))[referral])
        if found is None or principal.org not in found.after.asked or found.linked is None:
            return None
        linked = fold((await self.log.streams([found.linked]))[found.linked])
        return None if linked is None or linked.agency != principal.org or not linked.sent else linked.id
