from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.backoff import backoff, spread

FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=1)
ATTEMPTS, FACTORS = st.integers(1, 10**9), st.integers(2, 10)


def test_each_wait_is_twice_the_one_before() -> None:
    waits = [backoff(attempt, first=FIRST, longest=LONGEST) for attempt in range(1, 5)]
    assert waits == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)]


@given(ATTEMPTS, FACTORS)
def test_a_wait_is_never_shorter_than_the_one_before_and_never_over_the_limit(attempt: int, factor: int) -> None:
    now, then = (backoff(one, first=FIRST, longest=LONGEST, factor=factor) for one in (attempt, attempt + 1))
    assert FIRST <= now <= then <= LONGEST


@given(st.floats(0, 1))
def test_luck_spreads_a_wait_over_its_second_half(luck: float) -> None:
    assert LONGEST / 2 <= spread(LONGEST, luck) <= LONGEST
