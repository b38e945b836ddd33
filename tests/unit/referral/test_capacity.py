"""What is said of room counts until it expires and never after, however the clock is turned."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.vocabulary import Capacity
from services.referral.capacity import LONGEST, ExpiryError, Said, check_expiry, known

SINCE = datetime(2013, 6, 12, 15, tzinfo=UTC)
SPANS = st.timedeltas(timedelta(microseconds=1), LONGEST)
MOMENTS = st.timedeltas(timedelta(-1), timedelta(days=30))


@settings(deadline=None)
@given(st.sampled_from(Capacity), st.none() | st.integers(0, 40), SPANS, MOMENTS)
def test_after_its_expiry_it_is_never_shown_as_known(
    capacity: Capacity, beds: int | None, lasts: timedelta, later: timedelta
) -> None:
    said = Said(capacity, beds, SINCE, SINCE + lasts)
    shown = known(said, SINCE + later)
    if later >= lasts:
        assert (shown.capacity, shown.beds) == (Capacity.UNKNOWN_STALE, None)
    elif capacity is not Capacity.UNKNOWN_STALE:
        assert (shown.capacity, shown.beds) == (capacity, beds)


def test_of_whom_nobody_said_anything_nothing_is_known() -> None:
    assert known(None, SINCE).capacity is Capacity.UNKNOWN_STALE


@settings(deadline=None)
@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_nobody_speaks_of_the_past_or_for_longer_than_a_week(lasts: timedelta) -> None:
    if timedelta(0) < lasts <= LONGEST:
        check_expiry(SINCE + lasts, SINCE)
    else:
        with pytest.raises(ExpiryError):
            check_expiry(SINCE + lasts, SINCE)
