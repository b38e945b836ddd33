"""A referral in the lists: its state and deadlines, and nothing about the person."""

from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from events.vocabulary import (
    Agency,
    BlockReason,
    Capacity,
    Confirmation,
    ContestDecision,
    ContestReason,
    Duty,
    Outcome,
    ReferralClock,
    ReferralState,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.chassis.web.schemas import Answer, Moment

_EXAMPLE: dict[str, Any] = {
    "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
    "case_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "submission_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "shelter": "ALB-TAP-01",
    "agency": "UNFPA",
    "categories": ["VSG"],
    "categories_withheld": False,
    "code": "7F3K",
    "urgency": "U1",
    "state": "requested",
    "basis": "consent",
    "reason": None,
    "waiting": None,
    "uncovered": [],
    "rule_set": "2013.1-8f14e45fceea",
    "desk": "UNFPA-CHP",
    "desk_capacity_at_sending": "capacity",
    "version": 2,
    "deadlines": {
        "acknowledge_by": "2013-06-12T22:32:04+00:00",
        "decide_by": "2013-06-13T20:32:04+00:00",
        "serve_by": "2013-06-15T20:32:04+00:00",
    },
    "due_by": "2013-06-12T22:32:04+00:00",
    "expired": None,
    "escalations": [
        {
            "clock": "decide",
            "rung": "reminder",
            "whom": ["desk"],
            "asked": None,
            "at": "2013-06-13T08:32:04+00:00",
        }
    ],
    "changed_at": "2013-06-12T20:32:04+00:00",
    "replaces": None,
    "follows": None,
    "linked": None,
    "unseen_change": None,
    "outcome": None,
    "appointment_at": None,
    "confirmation": None,
    "deletion": None,
    "consent": {"until": "2013-06-19T20:32:04+00:00", "lapsed_at": None, "renew_by": None},
    "frozen": None,
    "contest": None,
}


class ReferralDeadlines(Answer):
    """Deadlines to acknowledge, decide and begin; all ``null`` before it was sent."""

    acknowledge_by: Moment | None
    decide_by: Moment | None
    """Shifted by the pause for the desk's one question."""
    serve_by: Moment | None


class ReferralEscalation(Answer):
    """An escalation step that fired: for which clock, and whom it alerted."""

    clock: ReferralClock
    rung: str
    whom: list[Duty]
    asked: Agency | None
    """The agency asked instead of this one."""
    at: Moment


class ReferralDeletion(Answer):
    """Until when what was disclosed must be deleted after a withdrawal, and whether it was."""

    due: Moment
    confirmed_at: Moment | None
    overdue: bool


class ReferralChange(Answer):
    """Something changed that the desk has not seen; any step of its own, or an acknowledgement, says that it has."""

    since: Moment
    seen_by: Moment
    """Until when the desk is to say so."""
    urgent: bool
    """Whether it became more urgent, or more came to it; otherwise an answer was corrected."""


class ReferralWaiting(Answer):
    """How long it waits for a decision, and until when somebody is to ask for it."""

    since: Moment
    ask_by: Moment | None
    """Before others are told that nobody asked; later steps follow. ``null``: nobody is to ask."""
    until: Moment | None
    """Until when the person wanted time to decide."""


class ReferralConsent(Answer):
    """When the consent that it rests on runs out, and whether it has: nobody reads then, and it is asked for again."""

    until: Moment
    lapsed_at: Moment | None
    renew_by: Moment | None
    """When it is withdrawn unless the person consents again."""


class ReferralFreeze(Answer):
    """A withdrawal made with the slip that is to be checked: until then nobody reads or accepts."""

    since: Moment
    check_by: Moment


class ReferralContest(Answer):
    """Somebody said no to what was sent in a child's best interests: two people decide whether it goes on."""

    reason: ContestReason
    since: Moment
    vote: ContestDecision | None
    """What one person decided: it takes effect when somebody else decides the same."""


class Referral(Answer):
    """One referral, without the person: the disclosure is read separately, and every reading is recorded."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    referral_id: UUID
    case_id: UUID
    submission_id: UUID
    shelter: str
    agency: Agency
    categories: list[RiskCategory]
    categories_withheld: bool = False
    """Whether restricted categories are left out, because it could not be recorded now that they were shown."""
    code: str
    """The four characters of its alerts."""
    urgency: Urgency
    state: ReferralState
    basis: SendingBasis | None
    """Legal basis of sending it, once it was sent."""
    reason: BlockReason | None
    """Why it waits for consent, while it does."""
    waiting: ReferralWaiting | None
    uncovered: list[RiskCategory]
    """Categories that no consent covers: the agency does not learn of them."""
    rule_set: str
    desk: str | None
    desk_capacity_at_sending: Capacity | None
    version: int
    deadlines: ReferralDeadlines
    due_by: Moment | None
    """By when somebody has to do something with it next; ``null``: nothing has a deadline."""
    expired: Moment | None
    escalations: list[ReferralEscalation]
    changed_at: Moment
    replaces: UUID | None
    follows: UUID | None
    """The ended referral that it follows, because the person is at risk again."""
    linked: UUID | None
    """The referral that replaced or follows it."""
    unseen_change: ReferralChange | None
    outcome: Outcome | None
    """``null``: none was reported, or the person was erased."""
    appointment_at: Moment | None
    """Only for its agency and the shelter that holds the case, until the service begins."""
    confirmation: Confirmation | None
    deletion: ReferralDeletion | None
    consent: ReferralConsent | None
    """``null``: it rests on no consent that runs out."""
    frozen: ReferralFreeze | None
    contest: ReferralContest | None


class ReferralPage(Answer):
    """A page of referrals, oldest first. ``next_cursor`` leads to the next page; ``null`` on the last."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Referral]
    next_cursor: str | None
