"""Working days in Mexico: Monday to Friday without the holidays of Ley Federal del Trabajo, art. 74.

Election days, which that article names too, are Sundays and so never counted anyway. The same few days are asked
about for every case: what was counted is remembered.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.chassis.statutory import statutory_holidays

MEXICO_CITY = ZoneInfo("America/Mexico_City")
_FRIDAY = 4


def day_in_mexico(moment: datetime) -> date:
    """The day it is in Mexico City. A moment without an offset is no moment.

    Raises:
        ValueError: the moment has no offset.
    """
    if moment.utcoffset() is None:
        raise ValueError("a moment needs an offset")
    return moment.astimezone(MEXICO_CITY).date()


def is_working_day(day: date) -> bool:
    """Monday to Friday, and not a holiday."""
    return day.weekday() <= _FRIDAY and day not in _holidays_on_weekdays(day.year)


@lru_cache(maxsize=4096)
def working_days_after(start: date, until: date) -> int:
    """How many working days lie after ``start`` up to and including ``until``; none if it is not later."""
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
    """The day so many working days later."""
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


@lru_cache(maxsize=256)
def _holidays_on_weekdays(year: int) -> frozenset[date]:
    return frozenset(day for day in statutory_holidays(year) if day.weekday() <= _FRIDAY)
