"""A referral, folded from its events (domain.md §6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import (
    Deadlines,
    DeletionConfirmed,
    DeletionDue,
    DisclosureRenewed,
    InfoRequested,
    InfoSupplied,
    OutcomeReported,
    ReferralBlocked,
    ReferralDeclined,
    ReferralEscalated,
    ReferralFact,
    ReferralFollowed,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralUnfrozen,
    ReferralWithdrawn,
    ServiceScheduled,
)
from events.referral_states import CHANGEABLE
from events.vocabulary import (
    Agency,
    BlockReason,
    DeclineReason,
    ReferralClock,
    ReferralState,
    RiskCategory,
    SendingBasis,
    Urgency,
    WithdrawalReason,
)
from services.referral.lifecycle.after_sending import NOTHING, AfterSending, changes_by
from services.referral.lifecycle.reported import NOTHING_REPORTED, Reported, reported_by

S = ReferralState


class FiredStep(NamedTuple):
    """An escalation step that fired, and the deadline for which it fired."""

    clock: ReferralClock
    step: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """The state of one referral."""

    id: UUID
    case: UUID
    submission: UUID
    agency: Agency
    shelter: str
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    key: UUID
    """Id of the key that its boxes are sealed with."""
    state: ReferralState
    version: int
    changed_at: datetime
    changed_by: str
    reason: BlockReason | None = None
    sent: bool = False
    """Whether the agency was ever notified. One that was not must never learn of the referral."""
    receipt: UUID | None = None
    further_receipts: tuple[UUID, ...] = ()
    """Receipts that it rests on besides; taking back any of them closes what it opened."""
    basis: SendingBasis | None = None
    """Legal basis of sending it, once it was sent."""
    asked: bool = False
    """Whether the desk has used its one question."""
    linked: UUID | None = None
    """The referral that replaced it."""
    replaces: UUID | None = None
    """The referral that it replaced."""
    decline_reason: DeclineReason | None = None
    """Why its agency declined it."""
    follows: UUID | None = None
    """The ended referral that it follows."""
    reported: Reported = NOTHING_REPORTED
    """What came of it and when the appointment is, as last reported: sealed."""
    deletion_due: datetime | None = None
    """Deadline to confirm that what was disclosed is deleted; ``None``: nothing to delete."""
    deletion_from: datetime | None = None
    """Start of that deadline."""
    deletion_confirmed: bool = False
    withdrawn_for: WithdrawalReason | None = None
    since: datetime
    """When the referral came to its state."""
    deadlines: Deadlines | None = None
    clocks_from: datetime | None = None
    """When its deadlines were set."""
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    """When the shelter answered the desk's question."""
    fired_steps: frozenset[FiredStep] = frozenset()
    desk: str | None = None
    """Code of the desk that it was sent to."""
    unchanged_since: int | None = None
    """Oldest ``expected_version`` still accepted: later events were escalations, which invalidate no decision."""
    after: AfterSending = NOTHING
    """What waits, changed, froze, runs out or was asked."""

    @property
    def waits(self) -> bool:
        """Whether it waits to be sent, for the first time or again."""
        return self.state in (S.PROPOSED, S.BLOCKED_CONSENT)

    @property
    def has_unseen_change(self) -> bool:
        """Whether something changed since the desk last acted, and it has not said that it has seen that."""
        return self.state in CHANGEABLE and self.after.unseen_since is not None

    @property
    def told_categories(self) -> tuple[RiskCategory, ...]:
        """The categories that its agency may learn of."""
        return tuple(one for one in self.categories if one not in self.after.uncovered)


def evolve(referral: Referral | None, fact: Recorded[Event]) -> Referral:
    """The referral after one more fact."""
    event = fact.event
    if isinstance(event, ReferralProposed):
        return _proposed(fact, event)
    assert referral is not None  # noqa: S101 - every stream begins with a proposal
    assert isinstance(event, ReferralFact)  # noqa: S101 - and holds nothing else
    if isinstance(event, ReferralEscalated):
        step = FiredStep(event.clock, event.rung, event.deadline)
        seen = referral.unchanged_since or referral.version
        after = _after(referral, fact, event)
        return replace(
            referral,
            version=fact.version,
            fired_steps=referral.fired_steps | {step},
            unchanged_since=seen,
            after=after,
        )
    changed = replace(
        referral,
        state=event.STATE or referral.state,
        since=referral.since if event.STATE is None else fact.recorded_at,
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
        unchanged_since=None,
        after=_after(referral, fact, event),
    )
    return _with_what_it_says(changed, event, fact.recorded_at)


def _after(referral: Referral, fact: Recorded[Event], event: ReferralFact) -> AfterSending:
    changes = changes_by(event, fact.recorded_at, fact.actor, referral.after)
    return referral.after.model_copy(update=changes) if changes else referral.after


def _with_what_it_says(  # noqa: C901, PLR0912 - a table: one case for each kind of event
    referral: Referral, event: ReferralFact, at: datetime
) -> Referral:
    changes: dict[str, Any] = {}
    match event:
        case ReferralRequested():
            changes = {"urgency": event.urgency, "reason": None, "sent": True}
            changes |= {"basis": event.basis, "receipt": event.receipt, "further_receipts": event.further_receipts}
            changes |= {"key": event.disclosure.key}
            changes |= {"deadlines": event.deadlines, "clocks_from": at, "desk": event.desk}
        case ReferralBlocked():
            changes = {"reason": event.reason}
        case ReferralReassessed():
            changes = {"urgency": event.urgency, "categories": event.categories, "key": event.grounds.key}
            changes |= {"deadlines": event.deadlines, "clocks_from": at} if event.deadlines else {}
            changes |= {"desk": event.desk} if event.desk else {}
        case ReferralDeclined():
            changes = {"decline_reason": event.reason}
        case InfoRequested():
            changes = {"asked": True, "asked_at": at}
        case InfoSupplied():
            changes = {"answered_at": at}
        case OutcomeReported() | ServiceScheduled():
            said = reported_by(event, referral.version)
            changes = {"reported": referral.reported.model_copy(update=said)}
        case ReferralWithdrawn() | DeletionDue():
            due = event.confirm_deletion_by
            changes = {"deletion_due": due, "deletion_from": None if due is None else at}
            changes |= {"withdrawn_for": event.reason} if isinstance(event, ReferralWithdrawn) else {}
        case DeletionConfirmed():
            changes = {"deletion_confirmed": True}
        case ReferralRerouted() | ReferralReopened() | ReferralFollowed():
            changes = {"linked": event.linked}
        case ReferralHandedOver():
            changes = {"shelter": event.shelter} | ({"desk": event.desk} if event.desk else {})
        case DisclosureRenewed():
            changes = {
                "key": event.disclosure.key,
                "basis": event.basis,
                "receipt": event.receipt,
                "further_receipts": event.further_receipts,
            }
        case ReferralUnfrozen() if event.deadlines is not None:
            changes = {"deadlines": event.deadlines, "clocks_from": event.clocks_from or referral.clocks_from}
    return replace(referral, **changes) if changes else referral


def fold(history: Sequence[Recorded[Event]]) -> Referral | None:
    """A referral from its whole history; ``None`` if the history is empty."""
    referral: Referral | None = None
    for fact in history:
        referral = evolve(referral, fact)
    return referral


def _proposed(fact: Recorded[Event], event: ReferralProposed) -> Referral:
    assert fact.case is not None  # noqa: S101 - a proposal is always of a case
    return Referral(
        id=fact.stream,
        case=fact.case,
        submission=event.submission,
        agency=event.agency,
        shelter=event.shelter,
        urgency=event.urgency,
        categories=event.categories,
        rule_set=event.rule_set,
        key=event.grounds.key,
        replaces=event.replaces,
        follows=event.follows,
        state=S.PROPOSED,
        since=fact.recorded_at,
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
        after=NOTHING.model_copy(update=changes_by(event, fact.recorded_at, fact.actor, NOTHING)),
    )
