"""The time to ask for a decision: the class's to acknowledge, halved until the ladder ends before the person leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Urgency
from services.referral.deadlines.asking import STEPS, TimeToAsk, time_to_ask
from services.referral.deadlines.policy import load_clocks

CLOCKS = load_clocks()
WEDNESDAY = datetime(2013, 6, 12, 17, tzinfo=UTC)
SATURDAY = datetime(2013, 6, 15, 17, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STAYS = {"today": 6 * HOUR, "24h": DAY, "72h": 3 * DAY, "7d": 7 * DAY}


def asked(
    urgency: str, leaves: str = "unknown", at: datetime = WEDNESDAY, since: timedelta = timedelta(0)
) -> TimeToAsk:
    """``since``: how long ago the answers were given, from which the departure counts."""
    answers: dict[str, Any] = {"planned_departure": leaves}
    return time_to_ask(CLOCKS, Urgency(urgency), answers, occurred_at=at - since, start=at)


@pytest.mark.parametrize(("urgency", "whole"), [("U0", 15 * MINUTE), ("U1", HOUR), ("U2", 12 * HOUR)])
@pytest.mark.parametrize("leaves", ["unknown", "staying"])
def test_whoever_stays_is_to_be_asked_within_the_classs_time(urgency: str, whole: timedelta, leaves: str) -> None:
    found = asked(urgency, leaves)
    assert found == TimeToAsk(WEDNESDAY, WEDNESDAY + whole)
    assert found.last == WEDNESDAY + 4 * whole


def test_of_the_least_urgent_working_days_count() -> None:
    found = asked("U3")
    assert (found.counts, found.ask_by) == ("working_days", datetime(2013, 6, 14, 17, tzinfo=UTC))
    assert found.last == datetime(2013, 6, 24, 17, tzinfo=UTC), "eight working days"
    at_the_weekend = asked("U3", at=SATURDAY)
    assert at_the_weekend.ask_by == datetime(2013, 6, 19, 5, tzinfo=UTC), "the end of Tuesday in Mexico"


def test_the_time_is_halved_until_the_ladder_ends_before_the_person_leaves() -> None:
    assert asked("U1", "today").ask_by - WEDNESDAY == HOUR, "4 h are over in 6 h - 2 h"
    assert asked("U1", "today", since=MINUTE).ask_by - WEDNESDAY == 30 * MINUTE
    assert asked("U2", "24h").ask_by - WEDNESDAY == 3 * HOUR
    assert asked("U2", "today").ask_by - WEDNESDAY == 45 * MINUTE
    assert asked("U3", "24h").ask_by - WEDNESDAY == 3 * HOUR


def test_whoever_leaves_before_the_working_days_are_over_is_asked_by_the_hour() -> None:
    assert asked("U3", "7d").counts == "every_hour"
    assert asked("U3", "24h", at=SATURDAY) == TimeToAsk(SATURDAY, SATURDAY + 3 * HOUR)


@pytest.mark.parametrize("urgency", list(Urgency))
def test_a_shelter_never_has_less_than_a_quarter_of_an_hour(urgency: Urgency) -> None:
    for since in (5 * HOUR, 30 * DAY):
        assert asked(urgency, "today", since=since) == TimeToAsk(WEDNESDAY, WEDNESDAY + 15 * MINUTE)


@given(
    st.sampled_from(list(Urgency)),
    st.sampled_from(["unknown", "staying", *STAYS]),
    st.datetimes(datetime(2012, 1, 1), datetime(2014, 1, 1)),  # noqa: DTZ001 - the zone is set below
    st.timedeltas(timedelta(0), timedelta(days=10)),
)
def test_the_programmes_coordinator_is_told_before_the_person_leaves_unless_that_is_too_near(
    urgency: Urgency, leaves: str, at: datetime, since: timedelta
) -> None:
    start = at.replace(tzinfo=UTC)
    found = asked(urgency, leaves, start, since)
    assert found.ask_by >= start + 15 * MINUTE
    assert found.last - start >= STEPS * 15 * MINUTE
    if leaves in STAYS:
        in_time = start - since + STAYS[leaves] - 2 * HOUR
        assert found.last <= in_time or found.ask_by - start < 30 * MINUTE
