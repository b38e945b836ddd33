"""A change of one referral, and whom it concerns."""

from dataclasses import dataclass
from uuid import UUID

from services.chassis.authorization.policy import Action, Principal, decide, role_allows


@dataclass(frozen=True, slots=True)
class ReferralChange:
    """Something was recorded of a referral; what, its reader finds with their own rights."""

    position: int
    """Its place in the log."""
    referral: UUID
    agency: str
    sent: bool
    """Whether the referral was sent to the agency: of one that was not, the agency knows nothing."""


def may_watch(principal: Principal) -> bool:
    """Whether changes are told to the principal: to desks of what was sent to them, and to the programme."""
    return role_allows(principal, Action.WATCH_REFERRALS)


def concerns(principal: Principal, change: ReferralChange) -> bool:
    """Whether the principal may know of the referral."""
    return decide(principal, Action.WATCH_REFERRALS, agency=change.agency, sent=change.sent).allowed
