"""A flooded desk gets one message that says how many, never later than the policy's window."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.delivery.grouping import Postpone, SendGrouped, SendSeparately, grouping
from services.notifications.delivery.policy import Bursts, notification_policy

NOW = datetime(2013, 6, 12, 15, 0, tzinfo=UTC)

policies = st.builds(
    lambda most, within: Bursts(groups=frozenset(), most=most, within=timedelta(seconds=within)),
    st.integers(1, 8),
    st.integers(1, 600),
)
sent_before = st.lists(st.integers(0, 1200).map(lambda seconds: NOW - timedelta(seconds=seconds)), max_size=8)


@given(st.integers(1, 50), sent_before, policies)
def test_no_alert_is_postponed_longer_than_the_window(due: int, before: list[datetime], bursts: Bursts) -> None:
    how = grouping(due, before, NOW, bursts)
    if isinstance(how, Postpone):
        assert NOW < how.until <= NOW + bursts.within
        assert not isinstance(grouping(due, before, how.until, bursts), Postpone)


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(1, 20)), min_size=1, max_size=30), policies)
def test_nobody_gets_more_messages_within_the_window_than_the_policy_says(
    arriving: list[tuple[int, int]], bursts: Bursts
) -> None:
    now, waiting, sent = NOW, 0, list[datetime]()
    for seconds, number in arriving:
        now, waiting = now + timedelta(seconds=seconds), waiting + number
        how = grouping(waiting, sent, now, bursts)
        if not isinstance(how, Postpone):
            sent += [now] * (waiting if isinstance(how, SendSeparately) else 1)
            waiting = 0
    for at in sent:
        assert sum(1 for other in sent if at - bursts.within < other <= at) <= bursts.most


@given(st.integers(1, 3))
def test_few_alerts_are_sent_separately(due: int) -> None:
    assert grouping(due, [], NOW, notification_policy().bursts) == SendSeparately()


def test_seven_alerts_at_once_are_sent_as_one_message() -> None:
    assert grouping(7, [], NOW, notification_policy().bursts) == SendGrouped()
