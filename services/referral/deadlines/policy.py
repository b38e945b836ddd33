"""Deadlines to acknowledge, decide and begin: by class of urgency, and never later than the person leaves.

Classes that need no answer round the clock count the desk's own hours; departure and legal deadlines count every hour.
The policy is data (``policy/deadlines.yaml``, with its sources).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from events.referral import Deadlines
from events.vocabulary import RiskCategory, Urgency
from services.chassis.clock import MEXICO
from services.programme.policy_file import Fault, PolicyFile, read
from services.referral.deadlines.calendar import add_working_days
from services.referral.deadlines.ports import EVERY_HOUR, Desks, Hours

POLICY = Path(__file__).parents[1] / "policy" / "deadlines.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Class(_Part):
    counts: Literal["every_hour", "desk_hours"]
    serve: timedelta
    acknowledge: timedelta | None = None
    decide: timedelta | None = None
    acknowledge_working_days: int | None = None
    decide_working_days: int | None = None
    pause: timedelta = timedelta(0)


class _Departure(_Part):
    margin: timedelta
    stays: dict[str, timedelta]


class _LegalClock(_Part):
    code: str
    category: RiskCategory
    start: str = Field(alias="from")
    working_days: int


class Clocks(_Part):
    """The deadline policy, validated."""

    version: str
    classes: dict[Urgency, _Class]
    departure: _Departure
    least: timedelta
    legal_clocks: tuple[_LegalClock, ...]
    deletion: timedelta
    """From a withdrawal until its recipient must have confirmed the deletion."""

    @classmethod
    def from_file(cls, file: PolicyFile) -> "Clocks":
        """Validates the file.

        Raises:
            PolicyFaultsError: see ``PolicyFile.validated``.
        """
        return file.validated(cls, _faults)

    def deadlines(
        self,
        urgency: Urgency,
        categories: Collection[RiskCategory],
        answers: Mapping[str, Any],
        *,
        occurred_at: datetime,
        sent_at: datetime,
        hours: Hours = EVERY_HOUR,
    ) -> Deadlines:
        """The deadlines of a referral sent at ``sent_at`` to a desk with these hours.

        ``answers``: the screening's. The time to begin counts every hour, since it is the person who waits.
        """
        of_class = self.classes[urgency]
        counted = hours if of_class.counts == "desk_hours" else EVERY_HOUR
        acknowledge = _after(sent_at, of_class.acknowledge, of_class.acknowledge_working_days, counted)
        decide = _after(sent_at, of_class.decide, of_class.decide_working_days, counted)
        legal = self._legal_limits(categories, answers)
        if urgency is not Urgency.U3:
            leaves = self.leaves_at(answers, occurred_at)
            decide = min([decide, *([] if leaves is None else [leaves]), *legal])
            decide = max(decide, sent_at + self.least)
        # No shorter pause where a legal deadline allows a part of it: its length would tell, in clear, when the person
        # entered.
        asked = counted.after(decide, of_class.pause)
        pauses = of_class.pause > timedelta(0) and all(asked <= limit for limit in legal)
        return Deadlines(
            acknowledge_by=min(acknowledge, decide),
            decide_by=decide,
            serve_by=max(sent_at + of_class.serve, decide),
            decide_by_if_asked=asked if pauses else None,
        )

    def again(
        self,
        urgency: Urgency,
        categories: Collection[RiskCategory],
        answers: Mapping[str, Any],
        *,
        occurred_at: datetime,
        sent_at: datetime,
        now: datetime,
        hours: Hours = EVERY_HOUR,
    ) -> Deadlines:
        """The deadlines of a referral that was sent before, after its planned departure changed.

        The class still counts from the sending; no deadline is earlier than the least time from now.
        """
        found = self.deadlines(urgency, categories, answers, occurred_at=occurred_at, sent_at=sent_at, hours=hours)
        least = now + self.least
        moved = {
            name: max(until, least)
            for name, until in (("acknowledge_by", found.acknowledge_by), ("decide_by", found.decide_by))
        }
        asked = found.decide_by_if_asked
        moved["serve_by"] = max(found.serve_by, moved["decide_by"])
        return found.model_copy(
            update={**moved, "decide_by_if_asked": None if asked is None else max(asked, moved["decide_by"])}
        )

    def seen_by(self, urgency: Urgency, at: datetime, hours: Hours = EVERY_HOUR) -> datetime:
        """Until when a desk with these hours is to say that it has seen what changed: the class's to acknowledge."""
        of_class = self.classes[urgency]
        counted = hours if of_class.counts == "desk_hours" else EVERY_HOUR
        return _after(at, of_class.acknowledge, of_class.acknowledge_working_days, counted)

    def earlier(self, running: Deadlines, new: Deadlines, urgency: Urgency, hours: Hours = EVERY_HOUR) -> Deadlines:
        """The earlier of two deadlines each, so that no change ever gives a desk more time than it had.

        ``running``: the former ones, the decision's with its pause. A question that was not asked yet pauses it by the
        new class's allowance at most.
        """
        of_class = self.classes[urgency]
        counted = hours if of_class.counts == "desk_hours" else EVERY_HOUR
        decide = min(running.decide_by, new.decide_by)
        asked = None
        if running.decide_by_if_asked is not None and new.decide_by_if_asked is not None:
            asked = max(decide, min(running.decide_by_if_asked, counted.after(decide, of_class.pause)))
        return Deadlines(
            acknowledge_by=min(running.acknowledge_by, new.acknowledge_by),
            decide_by=decide,
            serve_by=min(running.serve_by, new.serve_by),
            decide_by_if_asked=asked,
        )

    def leaves_at(self, answers: Mapping[str, Any], occurred_at: datetime) -> datetime | None:
        """The planned departure less the margin; ``None``: it is not planned. ``answers``: the screening's."""
        stay = self.departure.stays.get(str(answers.get("planned_departure")))
        return None if stay is None else occurred_at + stay - self.departure.margin

    def _legal_limits(self, categories: Collection[RiskCategory], answers: Mapping[str, Any]) -> list[datetime]:
        limits = []
        for clock in self.legal_clocks:
            start = answers.get(clock.start)
            if clock.category not in categories or start in (None, "unknown"):
                continue
            day = date.fromisoformat(str(start))
            if day.year < MAXYEAR:  # a typing error in the calendar's last year would overflow it
                limits.append(_end_of(add_working_days(day, clock.working_days)))
        return limits


@dataclass(frozen=True, slots=True)
class CountedHours:
    """The hours that a referral's clocks count, by class and desk."""

    clocks: Clocks
    desks: Desks

    def hours(self, urgency: Urgency, desk: str | None) -> Hours:
        """The desk's hours if the class counts them; every hour otherwise, and for a desk not in the directory."""
        if desk is None or self.clocks.classes[urgency].counts == "every_hour":
            return EVERY_HOUR
        return self.desks.hours_of(desk) or EVERY_HOUR


def load_clocks(path: Path | None = None) -> Clocks:
    """Reads and validates the policy file (default: the programme's).

    Raises:
        PolicyFaultsError: it has faults, each given as ``file:line: what is wrong``.
    """
    return Clocks.from_file(read(path or POLICY))


def _faults(clocks: Clocks) -> Iterator[Fault]:
    for urgency in Urgency:
        if urgency not in clocks.classes:
            yield ("classes",), f"{urgency} is missing: every class has its deadlines"
    for urgency, of_class in clocks.classes.items():
        for name in ("acknowledge", "decide"):
            if (getattr(of_class, name) is None) == (getattr(of_class, f"{name}_working_days") is None):
                yield ("classes", urgency), f"{name} is a duration or a number of working days"


def _after(moment: datetime, duration: timedelta | None, working_days: int | None, hours: Hours) -> datetime:
    """Working days count from the desk's next opening hour, and end at one."""
    if duration is not None:
        return hours.after(moment, duration)
    assert working_days is not None  # noqa: S101 - a class has one or the other
    local = hours.opening(moment).astimezone(MEXICO)
    later = add_working_days(local.date(), working_days)
    return hours.opening(datetime.combine(later, local.time(), MEXICO).astimezone(moment.tzinfo))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), MEXICO)
