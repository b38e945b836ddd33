"""A desk that is flooded is told how many, not once for each; and never later than the window says."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.bursts import Apart, Held, Together, manner
from services.notifications.telling import Bursts, telling_in_force

NOW = datetime(2013, 6, 12, 15, 0, tzinfo=UTC)

policies = st.builds(
    lambda most, within: Bursts(groups=frozenset(), most=most, within=timedelta(seconds=within)),
    st.integers(1, 8),
    st.integers(1, 600),
)
told = st.lists(st.integers(0, 1200).map(lambda seconds: NOW - timedelta(seconds=seconds)), max_size=8)


@given(st.integers(1, 50), told, policies)
def test_nothing_is_held_longer_than_the_window_and_then_it_goes(
    due: int, before: list[datetime], bursts: Bursts
) -> None:
    how = manner(due, before, NOW, bursts)
    if isinstance(how, Held):
        assert NOW < how.until <= NOW + bursts.within
        assert not isinstance(manner(due, before, how.until, bursts), Held)


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(1, 20)), min_size=1, max_size=30), policies)
def test_nobody_gets_more_messages_within_the_window_than_the_policy_says(
    arriving: list[tuple[int, int]], bursts: Bursts
) -> None:
    now, waiting, sent = NOW, 0, list[datetime]()
    for seconds, number in arriving:
        now, waiting = now + timedelta(seconds=seconds), waiting + number
        how = manner(waiting, sent, now, bursts)
        if not isinstance(how, Held):
            sent += [now] * (waiting if isinstance(how, Apart) else 1)
            waiting = 0
    for at in sent:
        assert sum(1 for other in sent if at - bursts.within < other <= at) <= bursts.most


@given(st.integers(1, 3))
def test_a_calm_day_is_told_one_by_one(due: int) -> None:
    assert manner(due, [], NOW, telling_in_force().bursts) == Apart()


def test_seven_at_once_are_told_together() -> None:
    assert manner(7, [], NOW, telling_in_force().bursts) == Together()
