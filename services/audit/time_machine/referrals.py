"""One referral as it was at a moment, folded from its facts. Pure.

What the referral service decides by rule it also records: states, deadlines and desks stand in its facts. So nothing
here decides anything again, and a test holds the fold against the referral service's own, fact by fact.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import (
    ChangeSeen,
    ConsentLapsed,
    ContactLost,
    ContestSettled,
    Deadlines,
    DeletionConfirmed,
    DeletionDue,
    DisclosureRenewed,
    InfoRequested,
    InfoSupplied,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralDeclined,
    ReferralEscalated,
    ReferralFact,
    ReferralFailed,
    ReferralFollowed,
    ReferralFrozen,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralUnfrozen,
    ReferralWithdrawn,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
    WithdrawalContested,
)
from events.referral_states import TO_BE_ASKED
from events.vocabulary import (
    Agency,
    BlockReason,
    DeclineReason,
    ReferralState,
    RiskCategory,
    SendingBasis,
    Urgency,
    WithdrawalReason,
)

SEEN_BY = (
    ChangeSeen,
    ReferralAcknowledged,
    InfoRequested,
    ReferralAccepted,
    ReferralDeclined,
    ServiceScheduled,
    ServiceStarted,
    ServiceDelivered,
    ReferralFailed,
    ContactLost,
)
"""Steps of the desk: whoever takes one has seen what changed (domain.md §6)."""
BEFORE_ASKING_HAD_A_CLOCK = timedelta(days=1)
"""The time to ask for a decision that facts of that age do not say."""


@dataclass(slots=True, kw_only=True)
class Unseen:
    """A change that the desk has not said that it has seen."""

    since: datetime
    by: datetime
    urgent: bool
    """Whether it became more urgent, or more came to it; otherwise an answer was corrected."""


@dataclass(slots=True, kw_only=True)
class ReferralThen:
    """A referral at a moment. What is ``None`` had not happened, or was over."""

    id: UUID
    agency: Agency
    shelter: str
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    state: ReferralState
    since: datetime
    """When it came to its state."""
    version: int
    changed_by: str
    replaces: UUID | None = None
    follows: UUID | None = None
    linked: UUID | None = None
    desk: str | None = None
    basis: SendingBasis | None = None
    receipts: tuple[UUID, ...] = ()
    blocked_for: BlockReason | None = None
    declined_for: DeclineReason | None = None
    withdrawn_for: WithdrawalReason | None = None
    deadlines: Deadlines | None = None
    clocks_from: datetime | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    ask_by: datetime | None = None
    wait_until: datetime | None = None
    unseen: Unseen | None = None
    basis_until: datetime | None = None
    lapsed_at: datetime | None = None
    renew_by: datetime | None = None
    frozen_at: datetime | None = None
    check_by: datetime | None = None
    contested_at: datetime | None = None
    raised_at: datetime | None = None
    deletion_due: datetime | None = None
    deleted: bool = False

    @classmethod
    def proposed(cls, fact: Recorded[Event], event: ReferralProposed, at: datetime) -> "ReferralThen":
        """The referral as its first fact says."""
        return cls(
            id=fact.stream,
            agency=event.agency,
            shelter=event.shelter,
            urgency=event.urgency,
            categories=event.categories,
            rule_set=event.rule_set,
            state=ReferralState.PROPOSED,
            since=at,
            version=fact.version,
            changed_by=fact.actor,
            replaces=event.replaces,
            follows=event.follows,
        )

    def follow(self, fact: Recorded[Event], event: ReferralFact, at: datetime) -> None:
        """Applies a later fact of this referral; ``at``: the time by which it is read."""
        self.version = fact.version
        if event.STATE is not None:
            self.state, self.since = event.STATE, at
        if not isinstance(event, ReferralEscalated):
            self.changed_by = fact.actor
        if isinstance(event, SEEN_BY):
            self.unseen = None
        self._apply(event, at)

    def _apply(self, event: ReferralFact, at: datetime) -> None:  # noqa: C901, PLR0912 - one case for each kind of fact
        match event:
            case ReferralRequested():
                self.urgency, self.desk = event.urgency, event.desk
                self._rests_on(event)
                self._set(event.deadlines, at)
                self.blocked_for = self.ask_by = self.wait_until = None
            case ReferralBlocked():
                self._waits(event, at)
            case ReferralReassessed():
                self._is_reassessed(event, at)
            case DisclosureRenewed():
                self._rests_on(event)
                if event.seen_by is not None:
                    self._unseen(at, event.seen_by, urgent=False)
            case ReferralDeclined():
                self.declined_for = event.reason
            case InfoRequested():
                self.asked_at = at
            case InfoSupplied():
                self.answered_at = at
            case ReferralFrozen():
                self.frozen_at, self.check_by = at, event.check_by
            case ReferralUnfrozen():
                self.frozen_at = self.check_by = None
                if event.deadlines is not None:
                    self._set(event.deadlines, event.clocks_from or self.clocks_from or at)
            case ConsentLapsed():
                self.lapsed_at, self.renew_by = at, event.renew_by
            case WithdrawalContested():
                self.contested_at = at
            case ContestSettled():
                self.contested_at = None
            case ReferralWithdrawn() | DeletionDue():
                self.deletion_due = event.confirm_deletion_by
                self.withdrawn_for = event.reason if isinstance(event, ReferralWithdrawn) else self.withdrawn_for
            case DeletionConfirmed():
                self.deleted = True
            case ReferralRerouted() | ReferralReopened() | ReferralFollowed():
                self.linked = event.linked
            case ReferralHandedOver():
                self.shelter, self.desk = event.shelter, event.desk or self.desk
            case _:
                pass

    def _set(self, deadlines: Deadlines, clocks_from: datetime) -> None:
        self.deadlines, self.clocks_from = deadlines, clocks_from

    def _rests_on(self, event: ReferralRequested | DisclosureRenewed) -> None:
        self.basis, self.basis_until = event.basis, event.basis_until
        self.receipts = tuple(one for one in (event.receipt, *event.further_receipts) if one is not None)
        self.lapsed_at = self.renew_by = None

    def _waits(self, event: ReferralBlocked, at: datetime) -> None:
        self.blocked_for, self.wait_until, self.ask_by = event.reason, event.until, event.ask_by
        if event.ask_by is None and event.reason in TO_BE_ASKED:
            self.ask_by = at + BEFORE_ASKING_HAD_A_CLOCK
        self.unseen = self.basis_until = self.lapsed_at = self.renew_by = None

    def _is_reassessed(self, event: ReferralReassessed, at: datetime) -> None:
        self.urgency, self.categories, self.desk = event.urgency, event.categories, event.desk or self.desk
        if event.deadlines is not None:
            self._set(event.deadlines, at)
        if event.disclosure is not None:
            self.raised_at = at
        if event.seen_by is not None:
            self._unseen(at, event.seen_by, urgent=True)

    def _unseen(self, at: datetime, by: datetime, *, urgent: bool) -> None:
        before = self.unseen
        if before is None:
            self.unseen = Unseen(since=at, by=by, urgent=urgent)
            return
        since = at if urgent and not before.urgent else before.since
        self.unseen = Unseen(since=since, by=min(before.by, by), urgent=urgent or before.urgent)
