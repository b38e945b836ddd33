"""A desk's hours as pure time: Mexico City's wall clock, with its summer time of then and without it now."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.hours import DAYS, WHOLE_DAY, Hours, Span
from services.directory.written_hours import hours_of, span_of

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = hours_of(["MO-FR 09:00-18:00", "SA 09:00-14:00"], on_holidays=False)
ALWAYS = hours_of(["MO-SU 00:00-24:00"], on_holidays=True)
HOURS, MINUTES = timedelta(hours=1), timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2013-06-12T10:30", "2013-06-12T10:30"),  # a Wednesday, open
        ("2013-06-12T09:00", "2013-06-12T09:00"),
        ("2013-06-12T18:00", "2013-06-13T09:00"),  # the end is no longer open
        ("2013-06-12T03:00", "2013-06-12T09:00"),
        ("2013-06-15T14:30", "2013-06-17T09:00"),  # Saturday afternoon: Monday
        ("2013-09-13T20:00", "2013-09-14T09:00"),
        ("2013-09-14T15:00", "2013-09-17T09:00"),  # Monday 16 September is Independence Day
        ("2013-12-24T18:30", "2013-12-26T09:00"),
        ("2013-12-31T19:00", "2014-01-02T09:00"),
        ("2024-09-30T18:30", "2024-10-02T09:00"),  # 1 October 2024: the federal executive is handed over
    ],
)
def test_a_desk_opens_again_after_the_night_the_weekend_and_the_holiday(moment: str, opens: str) -> None:
    assert OFFICE.opening(at(moment)) == at(opens)
    assert OFFICE.is_open(at(moment)) == (moment == opens)


@pytest.mark.parametrize(
    ("moment", "hours", "until"),
    [
        ("2013-06-12T10:30", 2, "2013-06-12T12:30"),
        ("2013-06-12T10:30", 7.5, "2013-06-12T18:00"),  # the end of the hours, not the next beginning
        ("2013-06-12T10:30", 12, "2013-06-13T13:30"),
        ("2013-06-14T17:00", 12, "2013-06-17T15:00"),  # Friday: one hour, Saturday five, Monday six
        ("2013-06-12T22:00", 0, "2013-06-13T09:00"),
        ("2013-12-24T17:00", 2, "2013-12-26T10:00"),
    ],
)
def test_time_at_the_desk_is_counted_while_somebody_is_there(moment: str, hours: float, until: str) -> None:
    assert OFFICE.after(at(moment), hours * HOURS) == at(until)


def test_a_desk_of_every_hour_is_open_at_night_on_sundays_and_at_christmas() -> None:
    christmas = at("2013-12-25T03:00")
    assert ALWAYS.always
    assert ALWAYS.is_open(christmas)
    assert ALWAYS.after(christmas, 36 * HOURS) == at("2013-12-26T15:00")
    assert not OFFICE.always
    assert not hours_of(["MO-SU 00:00-24:00"], on_holidays=False).always


@pytest.mark.parametrize(
    ("evening", "until"),
    [
        ("2013-04-06T22:00", "2013-04-07T23:00"),  # the night to 7 April 2013 had no hour from two to three
        ("2013-10-26T22:00", "2013-10-27T21:00"),  # the one to 27 October had it twice
        ("2026-04-04T22:00", "2026-04-05T22:00"),  # since 2022 the clocks stay
        ("2026-10-24T22:00", "2026-10-25T22:00"),
    ],
)
def test_a_day_of_twenty_four_hours_is_not_always_the_next_days_same_hour(evening: str, until: str) -> None:
    assert ALWAYS.after(at(evening), 24 * HOURS) == at(until)
    nearly = hours_of(["MO-SU 00:00-24:00"], on_holidays=False)  # counted window by window
    assert nearly.after(at(evening), 24 * HOURS) == at(until)


@pytest.mark.parametrize(("day", "open_for"), [("2013-04-07", 23), ("2013-10-27", 25), ("2013-06-02", 24)])
def test_the_days_the_clocks_change_are_as_long_as_they_were(day: str, open_for: int) -> None:
    midnight = at(f"{day}T00:00")
    next_midnight = at(f"{day}T00:00") + timedelta(days=1)  # by the wall
    assert hours_of(["SU 00:00-24:00"], on_holidays=True).between(midnight, next_midnight) == open_for * HOURS


def test_an_office_opens_at_nine_by_the_wall_before_and_after_the_clocks_change() -> None:
    for evening, opens in (("2013-04-05T20:00", "2013-04-06T15:00"), ("2013-04-07T20:00", "2013-04-08T14:00")):
        assert OFFICE.opening(at(evening)).astimezone(UTC) == datetime.fromisoformat(opens).replace(tzinfo=UTC)


def test_the_answer_is_in_the_zone_of_the_question() -> None:
    asked = datetime(2013, 6, 12, 2, tzinfo=UTC)
    assert OFFICE.opening(asked).tzinfo is UTC
    assert OFFICE.after(asked, HOURS) == datetime(2013, 6, 12, 15, tzinfo=UTC)


def test_a_moment_without_an_offset_is_no_moment() -> None:
    with pytest.raises(ValueError, match="offset"):
        OFFICE.opening(datetime(2013, 6, 12, 12))  # noqa: DTZ001 - that is the fault


@pytest.mark.parametrize(
    "wrong",
    [
        *("MO-FR 9:00-18:00", "LU 09:00-18:00", "MO 18:00-09:00", "MO 09:00-09:00", "MO 09:00-24:01"),
        *("MO 09:75-10:00", "", "FR-MO 09:00-18:00", "09:00-18:00", "mo 09:00-18:00"),
    ],
)
def test_hours_that_are_not_hours_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^(not|no) "):
        span_of(wrong)


SPANS = st.builds(
    lambda days, two: Span(tuple(sorted(days)), min(two), max(two)),
    st.sets(st.integers(0, 6), min_size=1),
    st.lists(st.integers(0, WHOLE_DAY), min_size=2, max_size=2, unique=True),
)
WEEKS = st.builds(lambda spans, keep: Hours(tuple(spans), keep), st.lists(SPANS, min_size=1, max_size=4), st.booleans())
MOMENTS = st.one_of(
    st.datetimes(datetime(2013, 1, 1), datetime(2014, 12, 31), timezones=st.just(MEXICO)),  # noqa: DTZ001 - zoned
    st.datetimes(datetime(2013, 4, 6), datetime(2013, 4, 9), timezones=st.just(MEXICO)),  # noqa: DTZ001 - zoned
    st.datetimes(datetime(2013, 10, 26), datetime(2013, 10, 29), timezones=st.just(MEXICO)),  # noqa: DTZ001 - zoned
).map(lambda moment: moment.astimezone(UTC))
LENGTHS = st.integers(1, 12 * 60).map(lambda minutes: minutes * MINUTES)


@given(SPANS)
def test_hours_are_read_as_they_are_written(span: Span) -> None:
    assert span_of(span.text) == span
    assert all(day in DAYS for day in span.text.split()[:-1])


@given(WEEKS, MOMENTS)
def test_it_opens_at_the_first_open_moment_and_never_before(hours: Hours, moment: datetime) -> None:
    opens = hours.opening(moment)
    assert opens >= moment
    assert hours.is_open(opens)
    assert hours.opening(opens) == opens
    assert hours.between(moment, opens) == timedelta()


@given(WEEKS, MOMENTS, MOMENTS, LENGTHS)
def test_who_asks_later_is_never_due_earlier(hours: Hours, one: datetime, other: datetime, length: timedelta) -> None:
    first, last = sorted((one, other))
    assert hours.opening(first) <= hours.opening(last)
    assert hours.after(first, length) <= hours.after(last, length)


@given(WEEKS, MOMENTS, LENGTHS, LENGTHS)
def test_time_at_the_desk_adds_up(hours: Hours, moment: datetime, one: timedelta, more: timedelta) -> None:
    assert hours.after(hours.after(moment, one), more) == hours.after(moment, one + more)
    assert hours.between(moment, hours.after(moment, one)) == one


@given(WEEKS, MOMENTS, LENGTHS)
def test_a_deadline_is_never_inside_closed_hours(hours: Hours, moment: datetime, length: timedelta) -> None:
    due = hours.after(moment, length)
    just_before = due - timedelta(microseconds=1)
    assert hours.is_open(just_before)
    assert due >= moment + length
