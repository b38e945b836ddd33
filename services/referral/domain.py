"""A referral as its events tell it, and what may be asked of it in each state (domain.md §6)."""

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
    InfoRequested,
    InfoSupplied,
    ReferralBlocked,
    ReferralEscalated,
    ReferralFact,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralWithdrawn,
)
from events.vocabulary import Agency, BlockReason, ReferralClock, ReferralState, RiskCategory, SendingBasis, Urgency

S = ReferralState

CLOSED = frozenset({S.LOOP_CLOSED, S.REROUTED, S.CANCELLED, S.WITHDRAWN, S.NO_CONTACT, S.FAILED, S.ENTERED_IN_ERROR})
OPEN = frozenset(S) - CLOSED


class Climbed(NamedTuple):
    """A rung that was climbed, and the deadline that it was climbed for."""

    clock: ReferralClock
    rung: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One referral."""

    id: UUID
    case: UUID
    submission: UUID
    agency: Agency
    shelter: str
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    key: UUID
    """The key its boxes are sealed with."""
    state: ReferralState
    version: int
    changed_at: datetime
    changed_by: str
    reason: BlockReason | None = None
    sent: bool = False
    """Whether the agency was ever told. One that was not does not know of it, whatever became of it since."""
    receipt: UUID | None = None
    basis: SendingBasis | None = None
    """Why it could be sent, once it was."""
    asked: bool = False
    """The desk has used its one question."""
    linked: UUID | None = None
    """The referral that replaced it."""
    replaces: UUID | None = None
    """The referral that it replaced."""
    deletion_due: datetime | None = None
    """Until when the agency must confirm that it deleted what it was told; ``None``: it need not."""
    deletion_from: datetime | None = None
    """Since when it must."""
    deletion_confirmed: bool = False
    since: datetime
    """When it came to its state."""
    deadlines: Deadlines | None = None
    clocks_from: datetime | None = None
    """When it was given its deadlines."""
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    """When the desk asked its question, and the shelter answered it."""
    climbed: frozenset[Climbed] = frozenset()
    desk: str | None = None
    """Which of the agency's desks it was sent to."""
    unchanged_since: int | None = None
    """The version after which only rungs were climbed: whoever decides on that one decides on what is so today."""


def evolve(referral: Referral | None, fact: Recorded[Event]) -> Referral:
    """What the referral is after one more fact."""
    event = fact.event
    if isinstance(event, ReferralProposed):
        return _proposed(fact, event)
    assert referral is not None  # noqa: S101 - every stream begins with a proposal
    assert isinstance(event, ReferralFact)  # noqa: S101 - and holds nothing else
    if isinstance(event, ReferralEscalated):
        rung = Climbed(event.clock, event.rung, event.deadline)
        seen = referral.unchanged_since or referral.version
        return replace(referral, version=fact.version, climbed=referral.climbed | {rung}, unchanged_since=seen)
    changed = replace(
        referral,
        state=event.STATE or referral.state,
        since=referral.since if event.STATE is None else fact.recorded_at,
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
        unchanged_since=None,
    )
    return _with_what_it_says(changed, event, fact.recorded_at)


def _with_what_it_says(referral: Referral, event: ReferralFact, at: datetime) -> Referral:
    changes: dict[str, Any] = {}
    match event:
        case ReferralRequested():
            changes = {"urgency": event.urgency, "reason": None, "sent": True}
            changes |= {"basis": event.basis, "receipt": event.receipt}
            changes |= {"deadlines": event.deadlines, "clocks_from": at, "desk": event.desk}
        case ReferralBlocked():
            changes = {"reason": event.reason}
        case ReferralReassessed():
            changes = {"urgency": event.urgency, "categories": event.categories}
            changes |= {"deadlines": event.deadlines, "clocks_from": at} if event.deadlines else {}
            changes |= {"desk": event.desk} if event.desk else {}
        case InfoRequested():
            changes = {"asked": True, "asked_at": at}
        case InfoSupplied():
            changes = {"answered_at": at}
        case ReferralWithdrawn() | DeletionDue():
            due = event.confirm_deletion_by
            changes = {"deletion_due": due, "deletion_from": None if due is None else at}
        case DeletionConfirmed():
            changes = {"deletion_confirmed": True}
        case ReferralRerouted() | ReferralReopened():
            changes = {"linked": event.linked}
        case ReferralHandedOver():
            changes = {"shelter": event.shelter}
    return replace(referral, **changes) if changes else referral


def fold(history: Sequence[Recorded[Event]]) -> Referral | None:
    """A referral from its whole history; ``None`` when there is none."""
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
        state=S.PROPOSED,
        since=fact.recorded_at,
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
    )
