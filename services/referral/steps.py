"""The state table of domain.md §6: each step a person may ask for, from where, by whom, and what then has happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.contract import Event
from events.referral import (
    ContactLost,
    DeletionConfirmed,
    EnteredInError,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralDeclined,
    ReferralFailed,
    ReferralReopened,
    ReferralRerouted,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
)
from events.sealed import Box
from events.vocabulary import Agency, Confirmation, ConfirmedBy, DeclineReason, Outcome, ReferralState, Role
from services.chassis.errors import NotAllowedError, ServiceError
from services.referral.domain import CLOSED, Referral

S = ReferralState

OFFICERS = frozenset({Role.OFFICER, Role.SUPERVISOR})
SUPERVISOR = frozenset({Role.SUPERVISOR})
SHELTER = frozenset({Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR})
SHELTER_COORDINATOR = frozenset({Role.SHELTER_COORDINATOR})
COORDINATOR = frozenset({Role.PROGRAMME_COORDINATOR})

AWAITING = frozenset({S.REQUESTED, S.ACKNOWLEDGED, S.INFO_REQUESTED})
TAKEN = frozenset({S.ACCEPTED, S.SCHEDULED, S.IN_SERVICE})


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


class NobodyCanAnswerError(ServiceError):
    """What is reported about a shelter's staff is hidden from that shelter: no question about it would be seen."""

    code = "nobody_can_answer"
    status = 409
    es = "Esta canalización está oculta para el albergue que la registró: nadie podría responder la pregunta."
    en = "This referral is hidden from the shelter that registered it: nobody could answer the question."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a step says besides its name. Free text comes sealed."""

    reason: DeclineReason | None = None
    outcome: Outcome = Outcome.UNKNOWN
    confirmation: Confirmation = Confirmation.UNKNOWN
    confirmed_by: ConfirmedBy = ConfirmedBy.SHELTER
    appointment_at: datetime | None = None
    text: Box | None = None
    to: Agency | None = None
    linked: UUID | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """From where, and by whom."""

    from_states: frozenset[ReferralState]
    by: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table. ``text`` names the free text it carries, sealed, if it carries any."""

    event: type[Event]
    ways: tuple[Way, ...]
    said: Callable[[Ask], Mapping[str, object]] = lambda _: {}
    text: str | None = None

    def happens(self, referral: Referral, ask: Ask) -> Event:
        """The event that the step makes."""
        return self.event.model_validate({"agency": referral.agency, "shelter": referral.shelter, **self.said(ask)})


STEPS: Mapping[str, Step] = {
    "acknowledge": Step(ReferralAcknowledged, (Way(frozenset({S.REQUESTED, S.EXPIRED}), OFFICERS),)),
    "request-info": Step(
        InfoRequested,
        (Way(frozenset({S.REQUESTED, S.ACKNOWLEDGED}), OFFICERS),),
        lambda ask: {"question": ask.text},
        "question",
    ),
    "supply-info": Step(
        InfoSupplied, (Way(frozenset({S.INFO_REQUESTED}), SHELTER),), lambda ask: {"answer": ask.text}, "answer"
    ),
    "accept": Step(ReferralAccepted, (Way(AWAITING | {S.EXPIRED}, OFFICERS),)),
    "decline": Step(
        ReferralDeclined,
        (Way(AWAITING | {S.EXPIRED}, OFFICERS),),
        lambda ask: {"reason": ask.reason, "note": ask.text},
        "note",
    ),
    "reroute": Step(
        ReferralRerouted,
        (Way(frozenset({S.DECLINED, S.EXPIRED}), COORDINATOR),),
        lambda ask: {"to": ask.to, "linked": ask.linked},
    ),
    "schedule": Step(
        ServiceScheduled,
        (Way(frozenset({S.ACCEPTED, S.SCHEDULED}), OFFICERS),),
        lambda ask: {"appointment_at": ask.appointment_at},
    ),
    "start": Step(ServiceStarted, (Way(frozenset({S.ACCEPTED, S.SCHEDULED}), OFFICERS),)),
    "deliver": Step(ServiceDelivered, (Way(TAKEN, OFFICERS),), lambda ask: {"outcome": ask.outcome}),
    "confirm": Step(
        LoopClosed,
        (Way(frozenset({S.DELIVERED}), SHELTER),),
        lambda ask: {"confirmation": ask.confirmation, "by": ask.confirmed_by},
    ),
    "fail": Step(ReferralFailed, (Way(TAKEN, OFFICERS),), lambda ask: {"outcome": ask.outcome}),
    "no-contact": Step(ContactLost, (Way(TAKEN | AWAITING, OFFICERS | SHELTER),), lambda ask: {"outcome": ask.outcome}),
    "cancel": Step(
        ReferralCancelled,
        (
            Way(AWAITING | {S.BLOCKED_CONSENT, S.ACCEPTED, S.SCHEDULED, S.DECLINED, S.EXPIRED}, SHELTER),
            Way(frozenset({S.IN_SERVICE}), SUPERVISOR),
        ),
        lambda ask: {"outcome": ask.outcome},
    ),
    "confirm-deletion": Step(DeletionConfirmed, (Way(CLOSED, OFFICERS),)),
    "mark-in-error": Step(
        EnteredInError,
        (Way(frozenset(S) - {S.ENTERED_IN_ERROR}, SHELTER_COORDINATOR | SUPERVISOR),),
        lambda ask: {"comment": ask.text},
        "comment",
    ),
    "reopen": Step(
        ReferralReopened,
        (Way(CLOSED, COORDINATOR | SHELTER_COORDINATOR | OFFICERS),),
        lambda ask: {"linked": ask.linked, "comment": ask.text},
        "comment",
    ),
}


def check(referral: Referral, step: str, expected_version: int, role: Role) -> None:
    """Whether a step may be taken now.

    Raises:
        StaleVersionError: the caller decided on an older version; says what happened.
        IllegalStepError: the step does not exist from this state; the legal ones are named.
        NotAllowedError: the step exists, but this role does not take it.
        NobodyCanAnswerError: a question about what the shelter is not shown.
    """
    # That a rung was climbed meanwhile changes nothing about what somebody decided on.
    if not (referral.unchanged_since or referral.version) <= expected_version <= referral.version:
        raise StaleVersionError(
            state=referral.state,
            version=referral.version,
            changed_at=referral.changed_at.isoformat(),
            changed_by=role_and_organisation(referral.changed_by),
        )
    if step == "request-info" and referral.agency is Agency.PEAS and role in OFFICERS:
        raise NobodyCanAnswerError(state=referral.state, version=referral.version)
    ways = [way for way in STEPS[step].ways if referral.state in way.from_states]
    if not ways or step in _spent(referral):
        raise IllegalStepError(state=referral.state, version=referral.version, legal_steps=legal_steps(referral))
    if not any(role in way.by for way in ways):
        raise NotAllowedError


def legal_steps(referral: Referral) -> list[str]:
    """What may be asked for now, by whoever may."""
    legal = {name for name, step in STEPS.items() if any(referral.state in way.from_states for way in step.ways)}
    return sorted(legal - _spent(referral))


def takes(step: str, state: ReferralState, role: Role) -> bool:
    """Whether a role may take a step from a state."""
    return any(state in way.from_states and role in way.by for way in STEPS[step].ways)


def _spent(referral: Referral) -> set[str]:
    """The steps that are taken once only, and were."""
    taken = {
        "request-info": referral.asked or referral.agency is Agency.PEAS,
        "reopen": referral.linked is not None,
        "confirm-deletion": referral.deletion_confirmed
        or (referral.deletion_due is None and referral.state is not S.WITHDRAWN),
    }
    return {step for step, was in taken.items() if was}


def role_and_organisation(actor: str) -> str:
    """Enough to call whoever acted, without naming a person to another desk."""
    return ":".join(actor.split(":")[:2])
