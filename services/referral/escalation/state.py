"""The parts of a referral on which its clocks depend, and which of its clocks run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from events.referral import Deadlines
from events.referral_states import CHANGEABLE, CLOSED, OPEN, TAKEN, UNDECIDED
from events.vocabulary import Agency, ReferralClock, ReferralState, Urgency
from services.referral.deadlines.ports import EVERY_HOUR, Hours
from services.referral.lifecycle.after_sending import NOTHING, AfterSending
from services.referral.lifecycle.domain import FiredStep, Referral

S = ReferralState
C = ReferralClock

RUNNING_STATES: Mapping[ReferralClock, frozenset[ReferralState]] = {
    C.ACKNOWLEDGE: frozenset({S.REQUESTED}),
    C.DECIDE: UNDECIDED | {S.EXPIRED},
    C.SERVE: frozenset({S.ACCEPTED, S.SCHEDULED}),
    C.REROUTE: frozenset({S.DECLINED, S.EXPIRED}),
    C.CONFIRM: frozenset({S.DELIVERED}),
    C.DELETION: CLOSED,
    C.WAITING: frozenset({S.BLOCKED_CONSENT}),
    C.CHANGE: CHANGEABLE,
    C.CORRECTION: CHANGEABLE,
    C.FREEZE: OPEN,
    C.CONSENT: UNDECIDED | TAKEN | {S.EXPIRED, S.DECLINED},
    C.CONTEST: OPEN,
    C.FOLLOW_UP: OPEN,
}
"""The states in which each clock runs; it stops as soon as the referral leaves them."""
PAUSED_BY_A_FREEZE = frozenset({C.ACKNOWLEDGE, C.DECIDE, C.SERVE})
"""The desk's clocks: while a withdrawal is to be checked, nobody there may act."""
_ONLY_IF: Mapping[ReferralClock, Callable[[AfterSending], bool]] = {
    C.WAITING: lambda after: after.ask_by is not None,
    C.CHANGE: lambda after: after.unseen_since is not None and after.unseen_is_urgent,
    C.CORRECTION: lambda after: after.unseen_since is not None and not after.unseen_is_urgent,
    C.FREEZE: lambda after: after.frozen_at is not None,
    C.CONSENT: lambda after: after.basis_until is not None,
    C.CONTEST: lambda after: after.contest is not None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationState:
    """The parts of a referral on which its clocks depend."""

    agency: Agency
    urgency: Urgency
    state: ReferralState
    since: datetime
    deadlines: Deadlines | None
    clocks_from: datetime | None
    asked_at: datetime | None
    answered_at: datetime | None
    fired_steps: frozenset[FiredStep]
    deletion_from: datetime | None = None
    deletion_due: datetime | None = None
    """Start and end of the time to delete what was disclosed, until the agency confirms the deletion."""
    hours: Hours = EVERY_HOUR
    """The hours that its clocks count: the desk's for U2 and U3 (domain.md §6)."""
    after: AfterSending = NOTHING
    """What waits, changed, froze, runs out or was asked."""
    caravan: datetime | None = None
    """Start of caravan mode for its shelter, if it is active. Steps due before that moment are not moved."""

    @classmethod
    def of(cls, referral: Referral, hours: Hours = EVERY_HOUR, *, caravan: datetime | None = None) -> "EscalationState":
        """The escalation state of a folded referral."""
        return cls(
            hours=hours,
            caravan=caravan,
            agency=referral.agency,
            urgency=referral.urgency,
            state=referral.state,
            since=referral.since,
            deadlines=referral.deadlines,
            clocks_from=referral.clocks_from,
            asked_at=referral.asked_at,
            answered_at=referral.answered_at,
            fired_steps=referral.fired_steps,
            after=referral.after,
            deletion_from=referral.deletion_from,
            deletion_due=None if referral.deletion_confirmed else referral.deletion_due,
        )

    def runs(self, clock: ReferralClock) -> bool:
        """Whether a clock runs now. A follow-up also needs that no other clock has a step left."""
        if self.state not in RUNNING_STATES[clock]:
            return False
        if clock in PAUSED_BY_A_FREEZE and self.after.frozen_at is not None:
            return False
        only_if = _ONLY_IF.get(clock)
        return only_if is None or only_if(self.after)
