"""A report of capacity is valid until it expires and never after, however the clock jumps."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Capacity
from services.referral.capacity.domain import MAX_VALIDITY, CapacityReport, ExpiryError, check_expiry, current_capacity

SINCE = datetime(2013, 6, 12, 15, tzinfo=UTC)
SPANS = st.timedeltas(timedelta(microseconds=1), MAX_VALIDITY)
MOMENTS = st.timedeltas(timedelta(-1), timedelta(days=30))


@given(st.sampled_from(Capacity), st.none() | st.integers(0, 40), SPANS, MOMENTS)
def test_after_its_expiry_it_is_never_shown_as_known(
    capacity: Capacity, beds: int | None, lasts: timedelta, later: timedelta
) -> None:
    said = CapacityReport(capacity, beds, SINCE, SINCE + lasts)
    shown = current_capacity(said, SINCE + later)
    if later >= lasts:
        assert (shown.capacity, shown.beds) == (Capacity.UNKNOWN_STALE, None)
    elif capacity is not Capacity.UNKNOWN_STALE:
        assert (shown.capacity, shown.beds) == (capacity, beds)


def test_of_whom_nobody_said_anything_nothing_is_known() -> None:
    assert current_capacity(None, SINCE).capacity is Capacity.UNKNOWN_STALE


@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_nobody_speaks_of_the_past_or_for_longer_than_a_week(lasts: timedelta) -> None:
    if timedelta(0) < lasts <= MAX_VALIDITY:
        check_expiry(SINCE + lasts, SINCE)
    else:
        with pytest.raises(ExpiryError):
            check_expiry(SINCE + lasts, SINCE)
