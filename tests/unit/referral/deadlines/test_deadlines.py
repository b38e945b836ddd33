"""Deadlines of a desk: by class, before the person leaves, before a legal deadline (domain.md §6)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.referral import Deadlines
from events.vocabulary import RiskCategory, Urgency
from services.referral.deadlines.calendar import add_working_days, is_working_day
from services.referral.deadlines.policy import load_clocks

MEXICO = ZoneInfo("America/Mexico_City")
CLOCKS = load_clocks()
MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))
SENT = datetime(2013, 6, 12, 10, 30, tzinfo=MEXICO)
"""A Wednesday."""

CLASSES = {
    "U0": (15 * MINUTES, 1 * HOURS, 4 * HOURS),
    "U1": (1 * HOURS, 3 * HOURS, 24 * HOURS),
    "U2": (12 * HOURS, 24 * HOURS, 72 * HOURS),
}
PAUSES = {"U0": 0 * HOURS, "U1": 1 * HOURS, "U2": 12 * HOURS, "U3": 24 * HOURS}
"""The longest pause of the decide clock for a question to the shelter."""
STAYS = {"today": 6 * HOURS, "24h": 24 * HOURS, "72h": 72 * HOURS, "7d": 7 * DAYS}
ASYLUM = (RiskCategory.ASILO,)


def due(
    urgency: str,
    *,
    leaving: str | None = "staying",
    sent: datetime = SENT,
    occurred: datetime | None = None,
    categories: tuple[RiskCategory, ...] = (RiskCategory.DELITO,),
    entry: str | None = None,
) -> Deadlines:
    answers: dict[str, Any] = {"planned_departure": leaving, "entry_date": entry}
    answers = {field: value for field, value in answers.items() if value is not None}
    return CLOCKS.deadlines(Urgency(urgency), categories, answers, occurred_at=occurred or sent, sent_at=sent)


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), MEXICO)


def day_so_many_working_days_after(start: date, days: int) -> date:
    """Counted day by day."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            days -= 1
    return day


@pytest.mark.parametrize("urgency", CLASSES)
@pytest.mark.parametrize("leaving", ["staying", "unknown", None])
def test_a_person_who_is_not_about_to_leave_has_the_deadlines_of_the_class(urgency: str, leaving: str | None) -> None:
    acknowledge, decide, serve = CLASSES[urgency]
    pause = PAUSES[urgency]
    assert due(urgency, leaving=leaving) == Deadlines(
        acknowledge_by=SENT + acknowledge,
        decide_by=SENT + decide,
        serve_by=SENT + serve,
        decide_by_if_asked=SENT + decide + pause if pause else None,
    )


@pytest.mark.parametrize("urgency", CLASSES)
@pytest.mark.parametrize("leaving", STAYS)
@pytest.mark.parametrize("waited", [hours * HOURS for hours in (0, 1, 3, 21, 30, 60, 156)])
def test_a_desk_decides_two_hours_before_the_person_leaves(urgency: str, leaving: str, waited: timedelta) -> None:
    """Departure counts from the interview, however late the referral was sent; never under 15 minutes."""
    _, decide, _ = CLASSES[urgency]
    occurred = SENT - waited
    leaves = occurred + STAYS[leaving] - 2 * HOURS
    found = due(urgency, leaving=leaving, occurred=occurred)
    assert found.decide_by == max(min(SENT + decide, leaves), SENT + 15 * MINUTES)


def test_who_leaves_today_shortens_an_urgent_referral_from_a_day_to_four_hours() -> None:
    found = due("U2", leaving="today")
    assert found == Deadlines(
        acknowledge_by=SENT + 4 * HOURS,
        decide_by=SENT + 4 * HOURS,
        serve_by=SENT + 72 * HOURS,
        decide_by_if_asked=SENT + 16 * HOURS,
    )


def test_a_referral_sent_after_the_person_must_have_left_still_gives_the_desk_a_quarter_of_an_hour() -> None:
    for urgency in CLASSES:
        found = due(urgency, leaving="today", occurred=SENT - 3 * DAYS)
        assert found.decide_by == SENT + 15 * MINUTES
        assert found.acknowledge_by == SENT + 15 * MINUTES
        assert found.serve_by == SENT + CLASSES[urgency][2]


def test_a_device_whose_clock_runs_ahead_gives_no_desk_more_time_than_its_class() -> None:
    assert due("U1", leaving="today", occurred=SENT + 30 * DAYS).decide_by == SENT + 3 * HOURS


@pytest.mark.parametrize(
    ("sent", "acknowledge", "decide"),
    [
        ("2013-06-10", "2013-06-12", "2013-06-17"),  # a Monday: the decision skips the weekend
        ("2013-06-13", "2013-06-17", "2013-06-20"),  # a Thursday
        ("2013-06-15", "2013-06-18", "2013-06-21"),  # a Saturday counts from Monday
        ("2013-09-12", "2013-09-17", "2013-09-20"),  # Monday 16 September is Independence Day
        ("2013-09-13", "2013-09-18", "2013-09-23"),
        ("2013-12-24", "2013-12-27", "2014-01-02"),  # Christmas and New Year
        ("2013-11-14", "2013-11-19", "2013-11-22"),  # the third Monday of November
    ],
)
def test_a_normal_referral_counts_working_days_in_mexico(sent: str, acknowledge: str, decide: str) -> None:
    at = datetime.combine(date.fromisoformat(sent), time(10, 30), MEXICO)
    found = due("U3", sent=at)
    hour = time(10, 30)
    assert found.acknowledge_by == datetime.combine(date.fromisoformat(acknowledge), hour, MEXICO)
    assert found.decide_by == datetime.combine(date.fromisoformat(decide), hour, MEXICO)
    assert found.serve_by == at + 14 * DAYS


def test_a_working_day_is_one_of_mexico_city_whatever_the_servers_own_zone() -> None:
    """Thursday at 20:00 there is Friday in Greenwich: Friday is the first working day all the same."""
    thursday_evening = datetime(2013, 6, 13, 20, tzinfo=MEXICO)
    here, in_utc = due("U3", sent=thursday_evening), due("U3", sent=thursday_evening.astimezone(UTC))
    assert here == in_utc
    assert here.acknowledge_by == datetime(2013, 6, 17, 20, tzinfo=MEXICO)


def test_a_change_of_the_clocks_does_not_move_a_working_days_hour() -> None:
    before_summer_time = datetime(2013, 4, 4, 10, 30, tzinfo=MEXICO)
    assert due("U3", sent=before_summer_time).acknowledge_by == datetime(2013, 4, 8, 10, 30, tzinfo=MEXICO)


@pytest.mark.parametrize("leaving", ["today", "24h"])
def test_a_normal_referral_is_not_hurried_by_departure(leaving: str) -> None:
    assert due("U3", leaving=leaving) == due("U3")


def test_an_asylum_claim_is_decided_before_the_thirtieth_working_day_after_entry_ends() -> None:
    entry = "2013-04-30"  # 1 May is a holiday: the thirtieth working day is Wednesday 12 June
    assert day_so_many_working_days_after(date(2013, 4, 30), 30) == date(2013, 6, 12)
    at = datetime(2013, 6, 12, 9, tzinfo=MEXICO)
    found = due("U2", categories=ASYLUM, entry=entry, sent=at)
    assert found.decide_by == end_of(date(2013, 6, 12))
    late = datetime(2013, 6, 12, 23, 50, tzinfo=MEXICO)
    assert due("U2", categories=ASYLUM, entry=entry, sent=late).decide_by == late + 15 * MINUTES
    gone = due("U2", categories=ASYLUM, entry="2013-01-02", sent=at)
    assert gone.decide_by == at + 15 * MINUTES


def test_the_asylum_clock_runs_only_for_who_fears_return_and_only_when_the_entry_is_known() -> None:
    without = due("U2")
    assert due("U2", entry="2013-01-02") == without
    assert due("U2", categories=ASYLUM) == without
    assert due("U2", categories=ASYLUM, entry="unknown") == without
    assert due("U2", categories=ASYLUM, entry="2013-06-10") == without


def test_the_earliest_of_class_departure_and_law_decides() -> None:
    at = datetime(2013, 6, 12, 9, tzinfo=MEXICO)
    law = {"categories": ASYLUM, "entry": "2013-04-30", "sent": at}
    assert due("U2", leaving="today", **law).decide_by == at + 4 * HOURS  # type: ignore[arg-type]
    assert due("U2", leaving="7d", **law).decide_by == end_of(date(2013, 6, 12))  # type: ignore[arg-type]
    assert due("U1", leaving="7d", **law).decide_by == at + 3 * HOURS  # type: ignore[arg-type]


@pytest.mark.parametrize("urgency", PAUSES)
def test_a_question_stops_the_decide_clock_for_no_longer_than_the_class_allows(urgency: str) -> None:
    found = due(urgency)
    longest = PAUSES[urgency]
    assert found.decide_by_if_asked == (found.decide_by + longest if longest else None)


@pytest.mark.parametrize("urgency", ["U1", "U2", "U3"])
def test_a_question_does_not_stop_the_clock_where_a_legal_one_would_run_out_meanwhile(urgency: str) -> None:
    """A legal deadline never pauses; and a shorter pause would tell when the person entered."""
    entry = date(2013, 4, 30)
    end = end_of(day_so_many_working_days_after(entry, 30))
    law: dict[str, Any] = {"categories": ASYLUM, "entry": entry.isoformat()}
    for before in (minutes * MINUTES for minutes in range(0, 60 * 24 * 12, 47)):
        found = due(urgency, sent=end - before, **law)
        pause = PAUSES[urgency]
        assert found.decide_by_if_asked in {None, found.decide_by + pause}
        assert (found.decide_by_if_asked is not None) == (found.decide_by + pause <= end)


def test_an_entry_at_the_end_of_the_calendar_sets_no_limit() -> None:
    """A typing error that a submission lets through must not stop everybody's referrals."""
    assert due("U2", categories=ASYLUM, entry="9999-12-31") == due("U2")


@given(st.dates(date(2012, 1, 1), date(2016, 12, 31)), st.integers(0, 60))
def test_working_days_are_added_as_one_counts_them_on_fingers(start: date, days: int) -> None:
    found = add_working_days(start, days)
    assert found == day_so_many_working_days_after(start, days)
    assert days == 0 or is_working_day(found)


MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2016, 12, 31), timezones=st.sampled_from([UTC, MEXICO]))  # noqa: DTZ001 - hypothesis adds the zone


@given(
    urgency=st.sampled_from(Urgency),
    categories=st.sets(st.sampled_from(RiskCategory)),
    leaving=st.sampled_from(["today", "24h", "72h", "7d", "staying", "unknown", None]),
    entry=st.one_of(st.none(), st.just("unknown"), st.dates(date(2011, 1, 1), date(2017, 12, 31)).map(date.isoformat)),
    sent=MOMENTS,
    late=st.integers(-30 * 24 * 60, 30 * 24 * 60),
)
def test_a_desk_acknowledges_then_decides_then_serves_and_is_never_given_less_than_a_quarter_of_an_hour(
    urgency: Urgency, categories: set[RiskCategory], leaving: str | None, entry: str | None, sent: datetime, late: int
) -> None:
    found = due(
        urgency,
        leaving=leaving,
        categories=tuple(sorted(categories)),
        entry=entry,
        sent=sent,
        occurred=sent - late * MINUTES,
    )
    assert sent <= found.acknowledge_by <= found.decide_by <= found.serve_by
    assert found.decide_by >= sent + 15 * MINUTES
    if urgency in CLASSES:
        acknowledge, decide, serve = CLASSES[urgency]
        assert found.acknowledge_by <= sent + acknowledge
        assert found.decide_by <= sent + decide
        assert found.serve_by == sent + serve
