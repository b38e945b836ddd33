"""Until when a desk must acknowledge, decide and begin: by class, and never later than the person leaves.

What need not be answered round the clock counts the desk's own hours; departure and the law count every hour.

The figures are data (``policy/deadlines.yaml``, with their sources); here is what they mean.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from events.referral import Deadlines
from events.vocabulary import RiskCategory, Urgency
from services.referral.desks import EVERY_HOUR, Desks, Hours
from services.referral.policy_file import Fault, read
from services.referral.working_days import MEXICO_CITY, add_working_days

POLICY = Path(__file__).parent / "policy" / "deadlines.yaml"


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
    """From a withdrawal until its recipient must have confirmed deletion."""

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

        ``answers`` are the screening's. The service begins by the calendar, whatever the desk's hours: it is the
        person who waits for it.
        """
        of_class = self.classes[urgency]
        counted = hours if of_class.counts == "desk_hours" else EVERY_HOUR
        acknowledge = _after(sent_at, of_class.acknowledge, of_class.acknowledge_working_days, counted)
        decide = _after(sent_at, of_class.decide, of_class.decide_working_days, counted)
        legal = self._legal_limits(categories, answers)
        if urgency is not Urgency.U3:
            decide = min([decide, *self._before_the_person_leaves(answers, occurred_at), *legal])
            decide = max(decide, sent_at + self.least)
        # No shorter pause where the law allows a part of it: how much would tell, in clear, when the person entered.
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
        """The deadlines of a referral that was sent before, when the person leaves at another time than they said.

        The class counts from the sending as ever; nobody is given less than the least time from now.
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

    def _before_the_person_leaves(self, answers: Mapping[str, Any], occurred_at: datetime) -> list[datetime]:
        stay = self.departure.stays.get(str(answers.get("planned_departure")))
        return [] if stay is None else [occurred_at + stay - self.departure.margin]

    def _legal_limits(self, categories: Collection[RiskCategory], answers: Mapping[str, Any]) -> list[datetime]:
        limits = []
        for clock in self.legal_clocks:
            start = answers.get(clock.start)
            if clock.category not in categories or start in (None, "unknown"):
                continue
            day = date.fromisoformat(str(start))
            if day.year < MAXYEAR:  # a slip of the pen in the calendar's last year would lead out of it
                limits.append(_end_of(add_working_days(day, clock.working_days)))
        return limits


@dataclass(frozen=True, slots=True)
class Counting:
    """Which hours a referral's clocks count, of its class and its desk."""

    clocks: Clocks
    desks: Desks

    def hours(self, urgency: Urgency, desk: str | None) -> Hours:
        """Every hour, unless the class counts the desk's. A desk that is unknown counts every hour, too."""
        if desk is None or self.clocks.classes[urgency].counts == "every_hour":
            return EVERY_HOUR
        return self.desks.hours_of(desk) or EVERY_HOUR


def load_clocks(path: Path | None = None) -> Clocks:
    """Reads and validates the policy file.

    Raises:
        PolicyFaultsError: it has faults, each told as ``file:line: what is wrong``.
    """
    file = read(path or POLICY)
    try:
        clocks = Clocks.model_validate(file.data)
    except ValidationError as error:
        file.refuse((one["loc"], f"{_last(one['loc'])}: {one['msg']}") for one in error.errors(include_url=False))
        raise
    file.refuse(_faults(clocks))
    return clocks


def _faults(clocks: Clocks) -> Iterator[Fault]:
    for urgency in Urgency:
        if urgency not in clocks.classes:
            yield ("classes",), f"{urgency} is missing: every class has its deadlines"
    for urgency, of_class in clocks.classes.items():
        for name in ("acknowledge", "decide"):
            if (getattr(of_class, name) is None) == (getattr(of_class, f"{name}_working_days") is None):
                yield ("classes", urgency), f"{name} is a duration or a number of working days"


def _last(place: tuple[str | int, ...]) -> str | int:
    return place[-1] if place else "policy"


def _after(moment: datetime, duration: timedelta | None, working_days: int | None, hours: Hours) -> datetime:
    """Working days count from when somebody is at the desk, and end when somebody is."""
    if duration is not None:
        return hours.after(moment, duration)
    assert working_days is not None  # noqa: S101 - a class has one or the other
    local = hours.opening(moment).astimezone(MEXICO_CITY)
    later = add_working_days(local.date(), working_days)
    return hours.opening(datetime.combine(later, local.time(), MEXICO_CITY).astimezone(moment.tzinfo))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), MEXICO_CITY)
