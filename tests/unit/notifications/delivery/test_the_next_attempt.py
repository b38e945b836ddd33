"""When an alert that was not delivered is tried again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Urgency
from services.notifications.delivery.domain import next_attempt

attempts = st.integers(min_value=1, max_value=10_000)


class TestTheNextAttempt:
    @given(urgency=st.sampled_from(Urgency), attempt=attempts)
    def test_never_comes_at_once_and_never_sooner_than_the_one_before(self, urgency: Urgency, attempt: int) -> None:
        assert timedelta(seconds=5) <= next_attempt(urgency, attempt) <= next_attempt(urgency, attempt + 1)

    @given(attempt=attempts, pair=st.tuples(st.sampled_from(Urgency), st.sampled_from(Urgency)))
    def test_what_is_more_urgent_never_waits_longer(self, attempt: int, pair: tuple[Urgency, Urgency]) -> None:
        urgent, other = sorted(pair)
        assert next_attempt(urgent, attempt) <= next_attempt(other, attempt)

    @given(urgency=st.sampled_from(Urgency), attempt=attempts)
    def test_leaves_time_for_a_human_to_acknowledge(self, urgency: Urgency, attempt: int) -> None:
        """15 min, 1 h, 12 h and two working days (domain.md §6): a mail server that comes back is used well before."""
        acknowledge = {Urgency.U0: timedelta(minutes=15), Urgency.U1: timedelta(hours=1)}
        assert next_attempt(urgency, attempt) * 10 <= acknowledge.get(urgency, timedelta(hours=12))

    @given(urgency=st.sampled_from(Urgency))
    def test_an_alert_that_cannot_wait_is_tried_three_times_in_the_first_minute(self, urgency: Urgency) -> None:
        assert sum((next_attempt(urgency, attempt) for attempt in (1, 2)), timedelta(0)) < timedelta(minutes=1)
