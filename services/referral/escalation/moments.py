"""When a step of a clock is due, and for which deadline. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from events.referral import Deadlines
from events.vocabulary import ReferralClock, ReferralState
from services.chassis.clock import MEXICO
from services.referral.deadlines.calendar import WORKING_DAYS, add_working_days
from services.referral.deadlines.pauses import ZERO, shifted_by_pause
from services.referral.deadlines.ports import EVERY_HOUR, Hours
from services.referral.escalation.policy import EscalationStep
from services.referral.escalation.state import EscalationState

C = ReferralClock
FULL_SHARE = 100
"""Per cent."""
DEADLINE_OF: Mapping[ReferralClock, Callable[[Deadlines], datetime]] = {
    C.ACKNOWLEDGE: lambda deadlines: deadlines.acknowledge_by,
    C.DECIDE: lambda deadlines: deadlines.decide_by,
    C.SERVE: lambda deadlines: deadlines.serve_by,
}


class Moment(NamedTuple):
    """When a step is due, and the deadline that it is for."""

    at: datetime
    deadline: datetime


class Span(NamedTuple):
    """From when to when a clock runs, and the hours that it counts."""

    start: datetime
    end: datetime
    hours: Hours = EVERY_HOUR


def decide_by(snapshot: EscalationState) -> datetime | None:
    """Deadline of the decision, shifted by the pause for the desk's one question."""
    deadlines = snapshot.deadlines
    return None if deadlines is None else shift_by_pause(snapshot, deadlines.decide_by, deadlines)


def moment_of(snapshot: EscalationState, clock: ReferralClock, step: EscalationStep) -> Moment | None:
    """When a step of a running clock is due; ``None``: never, as things are."""
    if step.is_repeated:
        at = next_occurrence(snapshot, clock, step, _repeats_from(snapshot, clock))
        return Moment(at, at)
    span = _span(snapshot, clock)
    if span is None:
        if clock in DEADLINE_OF or clock is C.DELETION:
            return None  # never sent, or nothing to delete
        start = _starts_at(snapshot, clock)
        assert step.after is not None  # noqa: S101 - the policy was validated
        return None if start is None else Moment(start + step.after, start + step.after)
    if step.then == "withdraw" and snapshot.after.renew_by is not None:
        return Moment(snapshot.after.renew_by, snapshot.after.renew_by)  # from when the person could be asked
    at = _within(span, step)
    if clock is C.DECIDE and snapshot.deadlines is not None:
        at = shift_by_pause(snapshot, at, snapshot.deadlines)
    return Moment(at, span.end)


def _starts_at(snapshot: EscalationState, clock: ReferralClock) -> datetime | None:
    """When a clock without a deadline started; ``None``: it has not.

    What became more urgent after it was declined or had expired is to be sent on within the time from then.
    """
    if clock is not C.REROUTE:
        return snapshot.since
    raised = snapshot.after.raised_at
    if raised is not None and raised >= snapshot.since:
        return raised
    return snapshot.since if snapshot.state is ReferralState.DECLINED else None


def next_occurrence(snapshot: EscalationState, clock: ReferralClock, step: EscalationStep, start: datetime) -> datetime:
    """When a repeated step is due next: after it last fired, or after ``start``."""
    fired = [one.deadline for one in snapshot.fired_steps if (one.clock, one.step) == (clock, step.name)]
    return occurrence_after(max([start, *(one for one in fired if one > start)]), step)


def occurrence_after(last: datetime, step: EscalationStep) -> datetime:
    """The occurrence of a repeated step after the last one."""
    if step.every is not None:
        return last + step.every
    local = last.astimezone(MEXICO)
    day = add_working_days(local.date(), step.every_working_days or 1)
    return datetime.combine(day, local.time(), MEXICO).astimezone(last.tzinfo)


def _repeats_from(snapshot: EscalationState, clock: ReferralClock) -> datetime:
    match clock:
        case C.CHANGE:
            return snapshot.after.unseen_by or snapshot.since
        case C.CONTEST:
            return snapshot.after.contested_at or snapshot.since
        case _:
            return snapshot.since


def _span(snapshot: EscalationState, clock: ReferralClock) -> Span | None:
    """The time of a clock with a deadline."""
    after, found = snapshot.after, None
    match clock:
        case C.DELETION:
            found = _between(snapshot.deletion_from, snapshot.deletion_due)
        case C.WAITING:
            asking: Hours = WORKING_DAYS if after.asking_counts == "working_days" else EVERY_HOUR
            found = _between(after.asking_since or after.wait_until or snapshot.since, after.ask_by, asking)
        case C.CHANGE | C.CORRECTION:
            found = _between(after.unseen_since, after.unseen_by, snapshot.hours)
        case C.FREEZE:
            found = _between(after.frozen_at, after.check_by)
        case C.CONSENT:
            found = _between(after.basis_until, after.basis_until)
        case _ if clock in DEADLINE_OF and snapshot.deadlines is not None:
            hours = EVERY_HOUR if clock is C.SERVE else snapshot.hours  # the service begins by the calendar
            found = _between(snapshot.clocks_from, DEADLINE_OF[clock](snapshot.deadlines), hours)
    return found


def _between(start: datetime | None, end: datetime | None, hours: Hours = EVERY_HOUR) -> Span | None:
    return None if start is None or end is None else Span(start, end, hours)


def _within(span: Span, step: EscalationStep) -> datetime:
    if step.before is not None:
        return span.end - step.before
    return span.start + step.after if step.after is not None else at_share(*span[:2], step.at or 0, span.hours)


def at_share(start: datetime, end: datetime, percent: int, hours: Hours = EVERY_HOUR) -> datetime:
    """When ``percent`` of the time between two moments has passed, in counted hours.

    100 per cent is ``end`` itself; more continues from there. If no counted hour lies between them (the person leaves
    at night), every hour counts.
    """
    whole = hours.between(start, end)
    if whole <= ZERO:
        hours, whole = EVERY_HOUR, max(end - start, ZERO)
    if percent == FULL_SHARE:
        return max(start, end)
    if percent > FULL_SHARE:
        return hours.after(max(start, end), whole * (percent - FULL_SHARE) / FULL_SHARE)
    return min(hours.after(start, whole * percent / FULL_SHARE), max(start, end))


def shift_by_pause(snapshot: EscalationState, moment: datetime, deadlines: Deadlines) -> datetime:
    """Shifts a deadline by the time the decide clock was paused, see ``shifted_by_pause``."""
    return shifted_by_pause(
        moment,
        deadlines,
        snapshot.hours,
        clocks_from=snapshot.clocks_from,
        asked_at=snapshot.asked_at,
        answered_at=snapshot.answered_at,
    )
