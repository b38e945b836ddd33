"""A desk's opening hours: whether it is open, when it opens next, and when an amount of open time has passed.

Hours are Mexico City's local time; arguments and results are moments with an offset. Mexico had daylight saving time
until 2022: an hour that a night skipped has no open time, an hour that it repeated counts twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache

from services.chassis.clock import MEXICO
from services.programme.holidays import statutory_holidays

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""As RFC 5545 writes them; Monday first, as ``date.weekday`` counts."""
WHOLE_DAY = 24 * 60

Window = tuple[datetime, datetime]
"""Start and end (exclusive) in UTC, so that a difference is elapsed time."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open on these weekdays (Monday is 0) from one minute of the day until another (exclusive)."""

    days: tuple[int, ...]
    opens: int
    closes: int

    def checked(self) -> "Span":
        """Returns the span unchanged if it is valid.

        Raises:
            ValueError: it is open on no day, or closes before it opens: a night is written as two spans.
        """
        if not self.days or not 0 <= self.opens < self.closes <= WHOLE_DAY:
            raise ValueError("not hours")
        return self

    @property
    def text(self) -> str:
        """As the directory writes it: ``MO TU 09:00-18:00``."""
        return f"{' '.join(DAYS[day] for day in self.days)} {clock(self.opens)}-{clock(self.closes)}"


@dataclass(frozen=True)
class Hours:
    """A week's spans. On a statutory holiday a desk is closed unless ``on_holidays`` is set."""

    spans: tuple[Span, ...]
    on_holidays: bool = False

    @cached_property
    def always(self) -> bool:
        """Whether the desk is open at every hour of every day."""
        return self.on_holidays and all(_minutes_open(self.spans, day) == WHOLE_DAY for day in range(7))

    def is_open(self, moment: datetime) -> bool:
        """Whether the desk is open at this moment."""
        return self.always or self.opening(moment) == moment

    def opening(self, moment: datetime) -> datetime:
        """The next moment at which the desk is open; the same moment if it is open then."""
        if self.always:
            return moment
        opens, _ = next(self._from(moment))
        return opens.astimezone(moment.tzinfo)

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """The moment by which this much open time has passed; at a day's end, the end rather than the next opening."""
        if self.always:
            return (moment.astimezone(UTC) + duration).astimezone(moment.tzinfo)
        for opens, closes in self._from(moment):
            if duration <= closes - opens:
                return (opens + duration).astimezone(moment.tzinfo)
            duration -= closes - opens
        raise AssertionError("hours go on for ever")  # pragma: no cover

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time between two moments."""
        passed = timedelta()
        if end <= start:
            return passed
        for opens, closes in self._from(start):
            if opens >= end:
                break
            passed += min(closes, end) - opens
        return passed

    def _from(self, moment: datetime) -> Iterator[Window]:
        """The open windows from a moment on, endlessly.

        Raises:
            ValueError: the moment has no offset.
        """
        if moment.utcoffset() is None:
            raise ValueError("a moment needs an offset")
        since = moment.astimezone(UTC)
        day = moment.astimezone(MEXICO).date()
        while True:
            for opens, closes in _windows(self, day):
                if closes > since:
                    yield max(opens, since), closes
            day += timedelta(days=1)


def clock(minute: int) -> str:
    """A minute of the day as ``HH:MM``; the day's end is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


@lru_cache(maxsize=8192)
def _windows(hours: Hours, day: date) -> tuple[Window, ...]:
    """A day's open windows in order; adjacent ones are merged."""
    if not hours.on_holidays and day in statutory_holidays(day.year):
        return ()
    found: list[Window] = []
    for opens, closes in sorted((span.opens, span.closes) for span in hours.spans if day.weekday() in span.days):
        # An hour that a night repeats: spans open at its first occurrence and close at its second.
        window = _moment(day, opens, fold=0), _moment(day, closes, fold=1)
        if found and window[0] <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], window[1])
        elif window[0] < window[1]:
            found.append(window)
    return tuple(found)


def _moment(day: date, minute: int, *, fold: int) -> datetime:
    if minute == WHOLE_DAY:
        day, minute = day + timedelta(days=1), 0
    wall = time(minute // 60, minute % 60, fold=fold)
    return datetime.combine(day, wall, MEXICO).astimezone(UTC)


def _minutes_open(spans: tuple[Span, ...], day: int) -> int:
    until = passed = 0
    for opens, closes in sorted((span.opens, span.closes) for span in spans if day in span.days):
        passed += max(0, closes - max(opens, until))
        until = max(until, closes)
    return passed
