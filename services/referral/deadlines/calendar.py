"""Working days in Mexico: Monday to Friday without the holidays of Ley Federal del Trabajo, art. 74.

Election days, which that article also names, are Sundays. Results are cached: cases need the same few days.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from services.chassis.clock import MEXICO
from services.programme.holidays import statutory_holidays

_FRIDAY = 4
_DAY = timedelta(days=1)


def day_in_mexico(moment: datetime) -> date:
    """The date in Mexico City at a moment.

    Raises:
        ValueError: the moment has no offset.
    """
    if moment.utcoffset() is None:
        raise ValueError("a moment needs an offset")
    return moment.astimezone(MEXICO).date()


def is_working_day(day: date) -> bool:
    """Whether a day is Monday to Friday and no holiday."""
    return day.weekday() <= _FRIDAY and day not in _holidays_on_weekdays(day.year)


@lru_cache(maxsize=4096)
def working_days_after(start: date, until: date) -> int:
    """The number of working days after ``start`` up to and including ``until``; 0 if ``until`` is not later."""
    if until <= start:
        return 0
    weeks, rest = divmod((until - start).days, 7)
    weekdays = 5 * weeks + sum((until - timedelta(days=back)).weekday() <= _FRIDAY for back in range(rest))
    return weekdays - sum(
        start < holiday <= until
        for year in range(start.year, until.year + 1)
        for holiday in _holidays_on_weekdays(year)
    )


@lru_cache(maxsize=4096)
def add_working_days(day: date, days: int) -> date:
    """The day that is so many working days later."""
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The hours of working days, all twenty-four of each, by Mexico City's clock."""

    always: bool = False

    def opening(self, moment: datetime) -> datetime:
        """The moment itself, or the beginning of the next working day."""
        local = moment.astimezone(MEXICO)
        if is_working_day(local.date()):
            return moment
        return _midnight(add_working_days(local.date(), 1)).astimezone(moment.tzinfo)

    def after(self, moment: datetime, duration: timedelta) -> datetime:
        """The moment after which so many hours of working days have passed."""
        at, left = self.opening(moment), duration
        while left > (rest := _midnight(at.astimezone(MEXICO).date() + _DAY) - at):
            left -= rest
            at = self.opening(at + rest)
        return at + left

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The hours of working days between two moments."""
        at, total = start, timedelta(0)
        while at < end:
            tomorrow = _midnight(at.astimezone(MEXICO).date() + _DAY)
            total += min(tomorrow, end) - at if is_working_day(at.astimezone(MEXICO).date()) else timedelta(0)
            at = tomorrow
        return total


WORKING_DAYS = WorkingDays()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), MEXICO).astimezone(UTC)


@lru_cache(maxsize=256)
def _holidays_on_weekdays(year: int) -> frozenset[date]:
    return frozenset(day for day in statutory_holidays(year) if day.weekday() <= _FRIDAY)
