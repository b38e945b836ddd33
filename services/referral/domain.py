"""A referral as its events tell it, and what may be asked of it in each state (domain.md §6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import (
    Deadlines,
    InfoRequested,
    InfoSupplied,
    ReferralBlocked,
    ReferralEscalated,
    ReferralFact,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
)
from events.vocabulary import Agency, BlockReason, ReferralClock, ReferralState, RiskCategory, Urgency

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
    asked: bool = False
    """The desk has used its one question."""
    linked: UUID | None = None
    """The referral that replaced it."""
    since: datetime
    """When it came to its state."""
    deadlines: Deadlines | None = None
    clocks_from: datetime | None = None
    """When it was given its deadlines."""
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    """When the desk asked its question, and the shelter answered it."""
    climbed: frozenset[Climbed] = frozenset()
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
    if isinstance(event, ReferralRequested):
        return replace(
            referral,
            urgency=event.urgency,
            reason=None,
            receipt=event.receipt,
            sent=True,
            deadlines=event.deadlines,
            clocks_from=at,
        )
    if isinstance(event, ReferralBlocked):
        return replace(referral, reason=event.reason)
    if isinstance(event, ReferralReassessed):
        more = replace(referral, urgency=event.urgency, categories=event.categories)
        return replace(more, deadlines=event.deadlines, clocks_from=at) if event.deadlines else more
    if isinstance(event, ReferralRerouted | ReferralReopened):
        return replace(referral, linked=event.linked)
    return _with_a_question(referral, event, at)


def _with_a_question(referral: Referral, event: ReferralFact, at: datetime) -> Referral:
    if isinstance(event, InfoRequested):
        return replace(referral, asked=True, asked_at=at)
    if isinstance(event, InfoSupplied):
        return replace(referral, answered_at=at)
    return referral


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
        state=S.PROPOSED,
        since=fact.recorded_at,
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
    )
