"""Working days, against the holidays of Ley Federal del Trabajo, art. 74."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.deadlines.calendar import day_in_mexico, is_working_day, working_days_after

DAYS = st.dates(date(2006, 1, 1), date(2040, 12, 31))


def _nth_monday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(7 - first.weekday()) % 7 + 7 * (nth - 1))


def _article_74(year: int) -> set[date]:
    days = {date(year, 1, 1), date(year, 5, 1), date(year, 9, 16), date(year, 12, 25)}
    days |= {_nth_monday(year, 2, 1), _nth_monday(year, 3, 3), _nth_monday(year, 11, 3)}
    if year % 6 == 2012 % 6:  # the federal executive is handed over; since 2024 on 1 October
        days.add(date(year, 12, 1) if year < 2024 else date(year, 10, 1))
    return days


@pytest.mark.parametrize("year", range(2007, 2041))
def test_the_holidays_are_those_of_article_74(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=at) for at in range(366)]
    free = {day for day in days if day.year == year and day.weekday() < 5 and not is_working_day(day)}
    assert free == {day for day in _article_74(year) if day.weekday() < 5}


def test_no_saturday_or_sunday_is_a_working_day() -> None:
    assert not is_working_day(date(2013, 6, 15))
    assert not is_working_day(date(2013, 6, 16))


def test_the_first_day_does_not_count_and_the_last_does() -> None:
    monday = date(2013, 6, 10)
    assert working_days_after(monday, monday) == 0
    assert working_days_after(monday, date(2013, 6, 11)) == 1
    assert working_days_after(date(2013, 6, 14), date(2013, 6, 17)) == 1


def test_a_date_to_come_has_no_days_behind_it() -> None:
    assert working_days_after(date(2013, 6, 20), date(2013, 6, 12)) == 0


@given(DAYS, st.integers(0, 400))
def test_it_is_the_same_as_counting_day_by_day(start: date, length: int) -> None:
    days = [start + timedelta(days=at) for at in range(1, length + 1)]
    assert working_days_after(start, start + timedelta(days=length)) == sum(map(is_working_day, days))


def test_the_day_is_that_of_mexico_city() -> None:
    assert day_in_mexico(datetime(2013, 6, 13, 4, 59, tzinfo=UTC)) == date(2013, 6, 12)
    assert day_in_mexico(datetime(2013, 6, 13, 5, 0, tzinfo=UTC)) == date(2013, 6, 13)


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        day_in_mexico(datetime(2013, 6, 12, 12))  # noqa: DTZ001 - that is the fault
