"""A referral's life, decided without doing anything: state and command in, event out, or a named refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import (
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralProposed,
    ReferralRequested,
)
from events.vocabulary import Agency, ReferralState, Urgency
from services.chassis.errors import ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One referral as its events tell it."""

    id: UUID
    case: UUID
    agency: Agency
    shelter: str
    urgency: Urgency
    state: ReferralState
    version: int
    changed_at: datetime
    changed_by: str


class IllegalStepError(ServiceError):
    """The step does not exist from where the referral is. It is refused by name, never ignored."""

    code = "illegal_step"
    status = 409
    es = "La canalización no admite ese paso en su estado actual."
    en = "The referral does not take that step in its present state."


class StaleVersionError(ServiceError):
    """Somebody acted on the referral since the caller read it. The answer says what happened."""

    code = "stale_version"
    status = 409
    es = "Alguien actuó antes sobre esta canalización. Vea qué pasó y decida de nuevo."
    en = "Somebody acted on this referral before. See what happened and decide again."


def evolve(referral: Referral | None, fact: Recorded[Event]) -> Referral:
    """What the referral is after one more fact."""
    event = fact.event
    if isinstance(event, ReferralProposed):
        assert fact.case is not None  # noqa: S101 - a proposal is always of a case
        return Referral(
            id=fact.stream,
            case=fact.case,
            agency=event.agency,
            shelter=event.shelter,
            urgency=event.urgency,
            state=ReferralState.PROPOSED,
            version=fact.version,
            changed_at=fact.recorded_at,
            changed_by=fact.actor,
        )
    assert referral is not None  # noqa: S101 - every stream begins with a proposal
    return replace(
        referral,
        state=STATE_AFTER[type(event)],
        version=fact.version,
        changed_at=fact.recorded_at,
        changed_by=fact.actor,
    )


STATE_AFTER: Mapping[type[Event], ReferralState] = {
    ReferralProposed: ReferralState.PROPOSED,
    ReferralRequested: ReferralState.REQUESTED,
    ReferralBlocked: ReferralState.BLOCKED_CONSENT,
    ReferralAcknowledged: ReferralState.ACKNOWLEDGED,
    ReferralAccepted: ReferralState.ACCEPTED,
}


def fold(history: Sequence[Recorded[Event]]) -> Referral | None:
    """A referral from its whole history; ``None`` when there is none."""
    referral: Referral | None = None
    for fact in history:
        referral = evolve(referral, fact)
    return referral


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the state table of domain.md §6: from where, and what it makes happen."""

    from_states: frozenset[ReferralState]
    happens: Callable[[Referral], Event]


STEPS: Mapping[str, Step] = {
    "acknowledge": Step(
        frozenset({ReferralState.REQUESTED, ReferralState.EXPIRED}),
        lambda referral: ReferralAcknowledged(agency=referral.agency, shelter=referral.shelter),
    ),
    "accept": Step(
        frozenset(
            {
                ReferralState.REQUESTED,
                ReferralState.ACKNOWLEDGED,
                ReferralState.INFO_REQUESTED,
                ReferralState.EXPIRED,
            }
        ),
        lambda referral: ReferralAccepted(agency=referral.agency, shelter=referral.shelter),
    ),
}
"""Every step that a person can ask for."""

NOT_SENT = frozenset({ReferralState.PROPOSED, ReferralState.BLOCKED_CONSENT})
"""An agency does not know of a referral that was not sent to it."""


def decide(referral: Referral, step: str, expected_version: int) -> Event:
    """What a step makes happen.

    Raises:
        StaleVersionError: the caller decided on an older version.
        IllegalStepError: the step does not exist from this state; the legal ones are named.
    """
    if referral.version != expected_version:
        raise StaleVersionError(
            state=referral.state,
            version=referral.version,
            changed_at=referral.changed_at.isoformat(),
            changed_by=_by(referral.changed_by),
        )
    if referral.state not in STEPS[step].from_states:
        raise IllegalStepError(state=referral.state, version=referral.version, legal_steps=legal_steps(referral.state))
    return STEPS[step].happens(referral)


def legal_steps(state: ReferralState) -> list[str]:
    """What may be asked for in a state."""
    return sorted(name for name, step in STEPS.items() if state in step.from_states)


def _by(actor: str) -> str:
    """Role and organisation of whoever acted: enough to call them, without naming a person to another desk."""
    return ":".join(actor.split(":")[:2])
