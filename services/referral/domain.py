"""A referral as its events tell it, and what may be asked of it in each state (domain.md §6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import (
    DeletionConfirmed,
    InfoRequested,
    ReferralBlocked,
    ReferralFact,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralWithdrawn,
)
from events.vocabulary import Agency, BlockReason, ReferralState, RiskCategory, SendingBasis, Urgency

S = ReferralState

CLOSED = frozenset({S.LOOP_CLOSED, S.REROUTED, S.CANCELLED, S.WITHDRAWN, S.NO_CONTACT, S.FAILED, S.ENTERED_IN_ERROR})
OPEN = frozenset(S) - CLOSED


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
    deletion_confirmed: bool = False


def evolve(referral: Referral | None, fact: Recorded[Event]) -> Referral:
    """What the referral is after one more fact."""
    event = fact.event
    if isinstance(event, ReferralProposed):
        return _proposed(fact, event)
    assert referral is not None  # noqa: S101 - every stream begins with a proposal
    assert isinstance(event, ReferralFact)  # noqa: S101 - and holds nothing else
    changed = replace(
        referral,
        state=event.STATE or referral.state,
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
    )
    return _with_what_it_says(changed, event)


def _with_what_it_says(referral: Referral, event: ReferralFact) -> Referral:
    changes: dict[str, Any] = {}
    match event:
        case ReferralRequested():
            changes = {"urgency": event.urgency, "reason": None, "sent": True}
            changes |= {"basis": event.basis, "receipt": event.receipt}
        case ReferralBlocked():
            changes = {"reason": event.reason}
        case ReferralReassessed():
            changes = {"urgency": event.urgency, "categories": event.categories}
        case InfoRequested():
            changes = {"asked": True}
        case ReferralWithdrawn():
            changes = {"deletion_due": event.confirm_deletion_by}
        case DeletionConfirmed():
            changes = {"deletion_confirmed": True}
        case ReferralRerouted() | ReferralReopened():
            changes = {"linked": event.linked}
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
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
    )
