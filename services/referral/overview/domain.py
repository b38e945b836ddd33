"""What of a referral the coordination's lists are about, and by when somebody has to act. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from events.vocabulary import (
    Agency,
    BlockReason,
    ContestDecision,
    ContestReason,
    ReferralClock,
    ReferralState,
    Urgency,
)
from services.chassis.ids import short_code

REROUTE_WITHIN = timedelta(minutes=15)
"""domain.md §6: what was declined is sent on, or escalated, within this time."""


class Section(StrEnum):
    """A list of the coordination."""

    OVERDUE = "overdue"
    """Sent, and a deadline has passed: to answer, decide, begin, send on, look at a change, or delete."""
    WAITING = "waiting"
    """Not sent, because nobody has asked for a decision yet."""
    FROZEN = "frozen"
    """A withdrawal made with the slip is to be checked with the person."""
    CONTESTED = "contested"
    """Two people decide whether a child's referral ends to which somebody said no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A referral in one of the lists, and nothing about its person."""

    referral: UUID
    shelter: str
    agency: Agency | None
    """``None`` where it would tell what the case is about."""
    urgency: Urgency
    state: ReferralState
    clock: ReferralClock
    """What somebody has to do."""
    since: datetime
    by: datetime | None
    """Until when; ``None``: nobody set a time."""
    reason: BlockReason | None = None
    """Why it waits."""
    contest: ContestReason | None = None
    vote: ContestDecision | None = None
    """What the first of two people decided."""

    @property
    def code(self) -> str:
        """The four characters by which people name it."""
        return short_code(self.referral)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The deadlines of a referral that was sent; ``None``: it has none of the kind."""

    acknowledge: datetime | None = None
    decide: datetime | None = None
    serve: datetime | None = None
    reroute: datetime | None = None
    change: datetime | None = None
    deletion: datetime | None = None

    def first(self) -> tuple[ReferralClock, datetime]:
        """What comes first, and by when.

        Raises:
            ValueError: there is no deadline.
        """
        each = {
            ReferralClock.ACKNOWLEDGE: self.acknowledge,
            ReferralClock.DECIDE: self.decide,
            ReferralClock.SERVE: self.serve,
            ReferralClock.REROUTE: self.reroute,
            ReferralClock.CHANGE: self.change,
            ReferralClock.DELETION: self.deletion,
        }
        return min(((clock, at) for clock, at in each.items() if at is not None), key=lambda one: one[1])
