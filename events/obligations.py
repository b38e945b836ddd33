"""Tasks with clocks that the law or the programme sets, and the milestones that start some of them."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.vocabulary import Agency, Duty, Milestone, Obligation, ObligationOwner, ObligationResult, Urgency


class _Task(Event):
    """What all of them say: which task of which case, and whose it is."""

    obligation: Obligation
    owner: ObligationOwner
    shelter: str
    agency: Agency | None = None
    """The agency whose task it is, or whose referral it is about."""
    referral: UUID | None = None


class ObligationDue(_Task):
    """A task has begun. Nothing of the person is in it."""

    NAME: ClassVar[str] = "referral.duty_due"

    body: str | None = None
    """The body with the legal duty, by its code in the directory."""
    until: datetime | None = None
    """Its deadline; ``None`` where a day is said, because an hour would tell what happened."""
    until_day: date | None = None
    basis: str
    """The rule that sets it, by its code in ``duties.yaml``."""
    policy: str
    """The version of that file."""


class ObligationReminded(_Task):
    """A task is still open: one step of its ladder fired, and ``whom`` it names is alerted."""

    NAME: ClassVar[str] = "referral.duty_reminded"

    rung: str
    whom: tuple[Duty, ...]
    urgency: Urgency
    deadline: datetime


class ObligationDone(_Task):
    """Somebody says what became of a task; who is the envelope's actor."""

    NAME: ClassVar[str] = "referral.duty_done"

    result: ObligationResult


class MilestoneRecorded(Event):
    """An officer recorded an event in the person's life with which a legal clock begins."""

    NAME: ClassVar[str] = "referral.milestone_recorded"

    milestone: Milestone
    referral: UUID
    agency: Agency
    shelter: str
    on: date
    """The day on which it happened."""
