"""Alerts that can wait are sent as soon as a person's quiet hours end, by the person's own clock, and not before."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.contacts.quiet_hours import QuietHours, minutes

ZONES = ["America/Mexico_City", "America/Tijuana", "America/Cancun", "America/New_York", "Europe/Madrid",
         "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]  # fmt: skip

quiet = st.builds(
    lambda starts, length, zone: QuietHours(starts, (starts + length) % 1440, ZoneInfo(zone)),
    st.integers(0, 1439),
    st.integers(1, 1439),
    st.sampled_from(ZONES),
)
moments = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
"""Years in which most of these places changed their clocks, and Apia left out a day."""


@given(quiet, moments)
def test_the_end_comes_later_within_a_day_and_an_hour_or_two_and_is_no_longer_quiet(
    hours: QuietHours, moment: datetime
) -> None:
    end = hours.until(moment)
    if end is not None:
        assert moment < end
        assert end - moment <= timedelta(hours=50)  # where a day was left out, two nights met
        again = hours.until(end)
        assert again is None or hours.until(again) != end


@given(quiet, moments)
def test_quiet_hours_end_at_that_minute_of_the_persons_own_clock(hours: QuietHours, moment: datetime) -> None:
    end = hours.until(moment)
    if end is None:
        return
    wall = end.astimezone(hours.zone)
    there = (wall.hour * 60 + wall.minute - hours.ends) % 1440
    assert there == 0 or there <= 60 or there >= 1380, "only a minute that the day did not have may be another"


@given(quiet, moments)
def test_a_minute_is_quiet_just_when_the_persons_clock_says_so(hours: QuietHours, moment: datetime) -> None:
    wall = moment.astimezone(hours.zone)
    before, after = (moment + hour * timedelta(hours=3) for hour in (-1, 1))
    if len({at.astimezone(hours.zone).utcoffset() for at in (before, moment, after)}) > 1:
        return  # the clock is changed just now: the other properties hold
    minute = wall.hour * 60 + wall.minute
    inside = (
        hours.starts <= minute < hours.ends
        if hours.starts < hours.ends
        else minute >= hours.starts or minute < hours.ends
    )
    offsets = {(moment + timedelta(hours=hour)).astimezone(hours.zone).utcoffset() for hour in range(-26, 27)}
    if len(offsets) == 1:
        assert (hours.until(moment) is not None) == inside


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2013-04-06T23:30:00-06:00", "2013-04-07T07:00:00-05:00"),  # the night of 23 hours
        ("2013-10-26T23:30:00-05:00", "2013-10-27T07:00:00-06:00"),  # the night of 25
        ("2013-06-12T21:59:59-05:00", None),
        ("2013-06-12T22:00:00-05:00", "2013-06-13T07:00:00-05:00"),
        ("2013-06-13T06:59:59-05:00", "2013-06-13T07:00:00-05:00"),
        ("2013-06-13T07:00:00-05:00", None),
    ],
)
def test_the_nights_of_mexico_city(moment: str, end: str | None) -> None:
    hours = QuietHours(*minutes("22:00-07:00"), ZoneInfo("America/Mexico_City"))
    assert hours.until(datetime.fromisoformat(moment)) == (None if end is None else datetime.fromisoformat(end))


def test_two_people_are_each_woken_by_their_own_clock() -> None:
    at = datetime(2013, 6, 13, 12, 30, tzinfo=UTC)  # 07:30 in Mexico City, 05:30 in Tijuana
    written = minutes("22:00-07:00")
    assert QuietHours(*written, ZoneInfo("America/Mexico_City")).until(at) is None
    tijuana = QuietHours(*written, ZoneInfo("America/Tijuana")).until(at)
    assert tijuana == datetime(2013, 6, 13, 14, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "22-7", "22:00", "24:00-07:00", "22:00-22:00", "22:00-07:60", "secreto@x"])
def test_invalid_quiet_hours_are_refused_without_repeating_them(written: str) -> None:
    with pytest.raises(ValueError, match=r"^not hours$"):
        minutes(written)
