"""The state table of domain.md §6 as data: each step, from which states, by which roles, and the event it records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from events.contract import Event
from events.referral import (
    ChangeSeen,
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
from events.referral_states import CHANGEABLE, CLOSED, TAKEN, UNDECIDED
from events.sealed import Box
from events.vocabulary import Agency, Confirmation, ConfirmedBy, DeclineReason, Outcome, ReferralState, Role
from services.chassis.errors import MalformedRequestError, NotAllowedError, ServiceError
from services.referral.lifecycle.domain import Referral

S = ReferralState

OFFICERS = frozenset({Role.OFFICER, Role.SUPERVISOR})
SUPERVISOR = frozenset({Role.SUPERVISOR})
SHELTER_STAFF = frozenset({Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR})
SHELTER_COORDINATOR = frozenset({Role.SHELTER_COORDINATOR})
COORDINATOR = frozenset({Role.PROGRAMME_COORDINATOR})


class IllegalStepError(ServiceError):
    """There is no such step from this state; the answer names the state and the legal steps."""

    code = "illegal_step"
    status = 409


class StaleVersionError(ServiceError):
    """Somebody acted on the referral after the expected version; the answer names the last change."""

    code = "stale_version"
    status = 409


class NobodyCanAnswerError(ServiceError):
    """A report about a shelter's staff is hidden from that shelter, so nobody could answer a question."""

    code = "nobody_can_answer"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDetails:
    """The fields of a step. Free text is sealed, and so is what a step reports of the person."""

    reason: DeclineReason | None = None
    outcome: Outcome = Outcome.UNKNOWN
    confirmation: Confirmation = Confirmation.UNKNOWN
    confirmed_by: ConfirmedBy = ConfirmedBy.SHELTER
    appointment_at: datetime | None = None
    text: Box | None = None
    report: Box | None = None
    """The outcome or the appointment, sealed."""
    to: Agency | None = None
    linked: UUID | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """The states from which these roles may take a step."""

    from_states: frozenset[ReferralState]
    by: frozenset[Role]
    of_a_change: type[Event] | None = None
    """The event of a step that exists only while something changed which the desk has not seen."""

    def applies(self, referral: Referral) -> bool:
        """Whether the step can be taken from where the referral is."""
        there = referral.state in self.from_states
        return there and (self.of_a_change is None or referral.has_unseen_change)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table. ``text`` names the field of sealed free text, if there is one."""

    event: type[Event]
    transitions: tuple[Transition, ...]
    payload: Callable[[StepDetails], Mapping[str, object]] = lambda _: {}
    text: str | None = None
    report: str | None = None
    """Names the field of what it reports of the person, which is sealed, too."""

    @property
    def events(self) -> frozenset[type[Event]]:
        """The events that it may record."""
        return frozenset({self.event, *(one.of_a_change for one in self.transitions if one.of_a_change is not None)})

    def event_for(self, referral: Referral) -> type[Event]:
        """The event that it records from where the referral is."""
        found = next((one for one in self.transitions if one.applies(referral)), None)
        return self.event if found is None else found.of_a_change or self.event

    def report_of(self, details: StepDetails) -> Mapping[str, str] | None:
        """What is to be sealed of what it reports; ``None``: it reports nothing."""
        if self.report is None:
            return None
        value = getattr(details, self.report)
        return {self.report: value.isoformat() if isinstance(value, datetime) else str(value)}

    def to_event(self, referral: Referral, details: StepDetails) -> Event:
        """The event that the step records."""
        return self.event_for(referral).model_validate(
            {"agency": referral.agency, "shelter": referral.shelter, **self.payload(details)}
        )


def _outcome(details: StepDetails) -> Mapping[str, object]:
    """The payload of a step that says what became of the person."""
    return {"outcome": details.report}


TYPING = timedelta(minutes=1)
"""How old an appointment may be when it arrives."""

STEPS: Mapping[str, Step] = {
    "acknowledge": Step(
        ReferralAcknowledged,
        (
            Transition(frozenset({S.REQUESTED, S.EXPIRED}), OFFICERS),
            Transition(CHANGEABLE, OFFICERS, of_a_change=ChangeSeen),
        ),
    ),
    "request-info": Step(
        InfoRequested,
        (Transition(frozenset({S.REQUESTED, S.ACKNOWLEDGED}), OFFICERS),),
        lambda details: {"question": details.text},
        "question",
    ),
    "supply-info": Step(
        InfoSupplied,
        (Transition(frozenset({S.INFO_REQUESTED}), SHELTER_STAFF),),
        lambda details: {"answer": details.text},
        "answer",
    ),
    "accept": Step(ReferralAccepted, (Transition(UNDECIDED | {S.EXPIRED}, OFFICERS),)),
    "decline": Step(
        ReferralDeclined,
        (Transition(UNDECIDED | {S.EXPIRED}, OFFICERS),),
        lambda details: {"reason": details.reason, "note": details.text},
        "note",
    ),
    "reroute": Step(
        ReferralRerouted,
        (Transition(frozenset({S.DECLINED, S.EXPIRED}), COORDINATOR),),
        lambda details: {"to": details.to, "linked": details.linked},
    ),
    "schedule": Step(
        ServiceScheduled,
        (Transition(frozenset({S.ACCEPTED, S.SCHEDULED}), OFFICERS),),
        lambda details: {"appointment_at": details.report},
        report="appointment_at",
    ),
    "start": Step(ServiceStarted, (Transition(frozenset({S.ACCEPTED, S.SCHEDULED}), OFFICERS),)),
    "deliver": Step(ServiceDelivered, (Transition(TAKEN, OFFICERS),), _outcome, report="outcome"),
    "confirm": Step(
        LoopClosed,
        (Transition(frozenset({S.DELIVERED}), SHELTER_STAFF),),
        lambda details: {"confirmation": details.confirmation, "by": details.confirmed_by},
    ),
    "fail": Step(ReferralFailed, (Transition(TAKEN, OFFICERS),), _outcome, report="outcome"),
    "no-contact": Step(
        ContactLost,
        (Transition(TAKEN | UNDECIDED, OFFICERS | SHELTER_STAFF),),
        _outcome,
        report="outcome",
    ),
    "cancel": Step(
        ReferralCancelled,
        (
            Transition(UNDECIDED | {S.BLOCKED_CONSENT, S.ACCEPTED, S.SCHEDULED, S.DECLINED, S.EXPIRED}, SHELTER_STAFF),
            Transition(frozenset({S.IN_SERVICE}), SUPERVISOR),
        ),
        _outcome,
        report="outcome",
    ),
    "confirm-deletion": Step(DeletionConfirmed, (Transition(CLOSED, OFFICERS),)),
    "mark-in-error": Step(
        EnteredInError,
        (Transition(frozenset(S) - {S.ENTERED_IN_ERROR}, SHELTER_COORDINATOR | SUPERVISOR),),
        lambda details: {"comment": details.text},
        "comment",
    ),
    "reopen": Step(
        ReferralReopened,
        (Transition(CLOSED, COORDINATOR | SHELTER_COORDINATOR | OFFICERS),),
        lambda details: {"linked": details.linked, "comment": details.text},
        "comment",
    ),
}


def check(referral: Referral, step: str, expected_version: int, role: Role) -> None:
    """Checks that a role may take a step now.

    Raises:
        StaleVersionError: somebody acted after the expected version; names the last change.
        IllegalStepError: the step does not exist from this state; names the legal ones.
        NotAllowedError: the step exists, but not for this role.
        NobodyCanAnswerError: a question about a report that the shelter cannot see.
    """
    check_version(referral, expected_version)
    if step == "request-info" and referral.agency is Agency.PEAS and role in OFFICERS:
        raise NobodyCanAnswerError(state=referral.state, version=referral.version)
    transitions = [transition for transition in STEPS[step].transitions if transition.applies(referral)]
    if not transitions or step in _spent(referral):
        raise IllegalStepError(state=referral.state, version=referral.version, legal_steps=legal_steps(referral))
    if not any(role in transition.by for transition in transitions):
        raise NotAllowedError


def check_version(referral: Referral, expected_version: int) -> None:
    """Checks that nobody acted after the expected version; an escalation in the meantime invalidates no decision.

    Raises:
        StaleVersionError: somebody did; names the last change.
    """
    if not (referral.unchanged_since or referral.version) <= expected_version <= referral.version:
        raise StaleVersionError(
            state=referral.state,
            version=referral.version,
            changed_at=referral.changed_at.isoformat(),
            changed_by=role_and_organisation(referral.changed_by),
        )


def check_appointment(details: StepDetails, now: datetime) -> None:
    """Checks that an appointment lies ahead, but for a minute in which it was typed.

    Raises:
        MalformedRequestError: it is in the past.
    """
    if details.appointment_at is not None and details.appointment_at < now - TYPING:
        raise MalformedRequestError(faults=[{"field": "body.appointment_at", "code": "in_the_past"}])


def legal_steps(referral: Referral) -> list[str]:
    """The steps that exist from the current state, whoever may take them."""
    legal = {
        name for name, step in STEPS.items() if any(transition.applies(referral) for transition in step.transitions)
    }
    return sorted(legal - _spent(referral))


def takes(step: str, referral: Referral, role: Role) -> bool:
    """Whether a role may take a step from where the referral is."""
    return any(one.applies(referral) and role in one.by for one in STEPS[step].transitions)


def _spent(referral: Referral) -> set[str]:
    """The steps that may be taken once only and were taken, or that wait for two people to decide."""
    taken = {
        "request-info": referral.asked or referral.agency is Agency.PEAS,
        "reopen": referral.linked is not None,
        "reroute": referral.after.contest is not None,  # nothing of it is shared with anybody new meanwhile
        "confirm-deletion": referral.deletion_confirmed
        or (referral.deletion_due is None and referral.state is not S.WITHDRAWN),
    }
    return {step for step, was in taken.items() if was}


def role_and_organisation(actor: str) -> str:
    """The actor without the person's label, as other organisations may see it."""
    return ":".join(actor.split(":")[:2])
