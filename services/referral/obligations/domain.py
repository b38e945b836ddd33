"""A task: its deadline, what begins it anew or ends it, and which reminder is due. Pure: policy and time are given."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from events.contract import Event, Recorded
from events.obligations import MilestoneRecorded, ObligationDone, ObligationDue, ObligationReminded
from events.vocabulary import (
    ObligationResult,
    ReferralState,
    Urgency,
)
from services.chassis.clock import MEXICO
from services.chassis.errors import ServiceError
from services.chassis.ids import uuid5
from services.referral.deadlines.calendar import add_working_days, day_in_mexico
from services.referral.obligations.grounds import Beginning
from services.referral.obligations.policy import ObligationPolicy, ReminderStep


class ObligationDoneError(ServiceError):
    """Somebody said before what became of the task."""

    code = "obligation_done"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task, folded from its events. A later ``ObligationDue`` begins it anew."""

    id: UUID
    case: UUID
    due: ObligationDue
    since: datetime
    """The start of its time."""
    version: int
    fired: frozenset[str] = field(default_factory=frozenset)
    """The reminders since then."""
    result: ObligationResult | None = None
    ended_by_rules: bool = False

    @property
    def deadline(self) -> datetime:
        """Its deadline; of one that is said to the day, the end of that day in Mexico."""
        return deadline_of(self.due)


def due(beginning: Beginning, fact: Recorded[Event], body: str | None, policy: ObligationPolicy) -> ObligationDue:
    """The event that begins a task; ``body``: the office of the rule's body."""
    rule, event = beginning.rule, fact.event
    until: datetime | None = None
    if rule.within is not None:
        until = fact.recorded_at + rule.within
        day = day_in_mexico(until)
    else:
        start = event.on if isinstance(event, MilestoneRecorded) else day_in_mexico(fact.recorded_at)
        day = add_working_days(start, rule.working_days) if rule.working_days else _after(start, rule.days or 0)
    to_the_day = rule.said_to_the == "day"
    return ObligationDue(
        obligation=rule.obligation,
        owner=beginning.owner,
        shelter=beginning.shelter,
        agency=beginning.agency,
        referral=beginning.referral,
        body=body,
        until=None if to_the_day else until,
        until_day=day if to_the_day else None,
        basis=rule.code,
        policy=policy.version,
    )


def begins(task: Task | None, beginning: Beginning, event: ObligationDue) -> bool:
    """Whether the task begins: it never did, its time changed while it is open, or its ground begins anew."""
    if task is None:
        return True
    if task.result is None:
        return event.until_day is not None and event.until_day != task.due.until_day  # a milestone's day was corrected
    return beginning.again or task.ended_by_rules


def ends(task: Task, state: ReferralState | None, policy: ObligationPolicy) -> bool:
    """Whether an open task has ended with its referral, by the rule it began with."""
    rule = policy.rule(task.due.basis)
    return task.result is None and rule is not None and state in rule.ends_with


def due_reminder(task: Task, policy: ObligationPolicy, now: datetime) -> ReminderStep | None:
    """The latest step of the ladder that is due and has not fired; earlier ones are passed over."""
    return next((step for step, at in reversed(_pending(task, policy)) if at <= now), None)


def next_reminder_at(task: Task, policy: ObligationPolicy) -> datetime | None:
    """When the next step of an open task is due; ``None`` if none is left."""
    return next((at for _, at in _pending(task, policy)), None)


def reminded(task: Task, step: ReminderStep, urgency: Urgency, shelter: str) -> ObligationReminded:
    """The event of one step."""
    event = task.due
    return ObligationReminded(
        obligation=event.obligation,
        owner=event.owner,
        shelter=shelter,
        agency=event.agency,
        referral=event.referral,
        rung=step.name,
        whom=step.targets,
        urgency=urgency,
        deadline=task.deadline,
    )


def done(task: Task, result: ObligationResult, shelter: str) -> ObligationDone:
    """The event that ends a task."""
    event = task.due
    return ObligationDone(
        obligation=event.obligation,
        owner=event.owner,
        shelter=shelter,
        agency=event.agency,
        referral=event.referral,
        result=result,
    )


def command_of(task: Task, what: str) -> UUID:
    """The command id of what the clock does with a task; the same in every process, so that it happens once."""
    return uuid5(
        task.id, f"{what}/{task.since.astimezone(UTC).isoformat()}/{task.deadline.astimezone(UTC).isoformat()}"
    )


def deadline_of(event: ObligationDue) -> datetime:
    """The deadline as a moment."""
    return event.until if event.until is not None else end_of(event.until_day or date.max)


def end_of(day: date) -> datetime:
    """The end of a day in Mexico."""
    return datetime.combine(day, time(23, 59, 59), MEXICO)


def fold(history: Sequence[Recorded[Event]]) -> Task | None:
    """A task from its whole history; ``None`` if the history is empty."""
    task: Task | None = None
    for fact in history:
        task = evolve(task, fact)
    return task


def evolve(task: Task | None, fact: Recorded[Event]) -> Task | None:
    """The task after one more fact."""
    match fact.event:
        case ObligationDue() as event:
            assert fact.case is not None  # noqa: S101 - a task is always of a case
            return Task(id=fact.stream, case=fact.case, due=event, since=fact.recorded_at, version=fact.version)
        case ObligationReminded() as event if task is not None:
            return replace(task, fired=task.fired | {event.rung}, version=fact.version)
        case ObligationDone() as event if task is not None:
            by_rules = fact.actor.startswith("rules:")
            return replace(task, result=event.result, ended_by_rules=by_rules, version=fact.version)
        case _:
            return task


def _pending(task: Task, policy: ObligationPolicy) -> list[tuple[ReminderStep, datetime]]:
    """The steps after the last that fired, each with its time."""
    if task.result is not None:
        return []
    steps = policy.ladders[task.due.owner]
    last = max((number for number, step in enumerate(steps) if step.name in task.fired), default=-1)
    whole = max(task.deadline - task.since, timedelta(0))
    return [(step, task.since + whole * step.at / 100) for step in steps[last + 1 :]]


def _after(day: date, days: int) -> date:
    return day + timedelta(days=days)
