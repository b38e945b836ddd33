"""The rules are run on a case, and referrals are proposed."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID, uuid5

from events.contract import Event, Value
from events.referral.fact import Deadlines, ReferralFact
from events.sealed import Box
from events.vocabulary import Agency, FirstStep, Obligation, ReferralState, RiskCategory, Urgency


def assessment_stream(case: UUID) -> UUID:
    """The stream of a case's assessments."""
    return uuid5(case, "assessment")


class Suppression(Value):
    """A category that would have fired and was held back, with the reason's code."""

    category: RiskCategory
    reason: str


class CaseAssessed(Event):
    """The rules were run on a case: what fired, who leads it, and what was suppressed and why."""

    NAME: ClassVar[str] = "referral.case_assessed"

    submission: UUID
    shelter: str
    lead: Agency | None
    categories: tuple[RiskCategory, ...]
    suppressed: tuple[Suppression, ...] = ()
    rule_set: str
    first_steps: tuple[FirstStep, ...] = ()
    """What is shown before anything is referred, in this order."""
    bodies: tuple[str, ...] = ()
    """The bodies with the legal duty, by their codes in the directory."""
    obligations: tuple[Obligation, ...] = ()
    """The tasks that start with the case."""


class ReferralProposed(ReferralFact):
    """The rules named a recipient for a case. ``grounds`` holds, sealed, the answers that made them fire."""

    NAME: ClassVar[str] = "referral.proposed"
    STATE: ClassVar[ReferralState | None] = ReferralState.PROPOSED

    submission: UUID
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    grounds: Box
    replaces: UUID | None = None
    """The referral that was rerouted or reopened into this one."""
    follows: UUID | None = None
    """The ended referral after which the person is at risk again."""
    known_categories: tuple[RiskCategory, ...] | None = None
    """The categories whose answers the present shelter was let know; ``None``: all of them."""


class ReferralReassessed(ReferralFact):
    """The answers were amended and the rules run again: more categories, more urgent, or another harm event.

    It never becomes less urgent, and loses no category.
    """

    NAME: ClassVar[str] = "referral.reassessed"

    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    grounds: Box
    deadlines: Deadlines | None = None
    """New ones, when it was sent already and is more urgent now."""
    disclosure: Box | None = None
    desk: str | None = None
    """Where it was sent again, being more urgent."""
    formerly: str | None = None
    """The desk that had it before: both are alerted, and whichever answers first has it."""
    seen_by: datetime | None = None
    """Until when the desk is to say that it has seen the change; ``None``: it had not answered yet."""
    uncovered: tuple[RiskCategory, ...] = ()
    """Further categories that the consent's purpose does not cover: the agency is not told of them."""
    new_harm: bool = False
    """Whether a further harm event is what changed."""
    known_categories: tuple[RiskCategory, ...] | None = None
    """The categories whose answers the present shelter was let know; ``None``: as before."""
