"""A channel by which nothing leaves is said once an outage, and once more when alerts leave again."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import uuid4

import pytest

from events.contract import Event, Recorded
from events.notifications import AlertDelivered, AlertNotDelivered
from events.operations import ChannelFailing, ChannelRecovered
from events.vocabulary import Agency, Duty
from services.notifications.channel_health.domain import (
    EVERY_CHANNEL,
    ChannelState,
    Waiting,
    command_of,
    due_fact,
    evolve,
    examined,
    is_news,
    of_all,
    stream_of,
)
from services.notifications.delivery.policy import notification_policy

POLICY = notification_policy().outage
NOW = datetime(2013, 6, 12, 20, 0, tzinfo=UTC)
WAITS = Waiting(3, NOW)


def fact(event: Event, at: datetime = NOW) -> Recorded[Event]:
    return Recorded(
        id=uuid4(), stream=uuid4(), version=1, case=None, occurred_at=at, recorded_at=at, actor="x", cause=None,
        event=event,
    )  # fmt: skip


def failed(at: datetime = NOW) -> Recorded[Event]:
    attempt = {"referral": uuid4(), "agency": Agency.UNICEF, "channel": "email", "contact": "c", "attempt": 1}
    return fact(AlertNotDelivered(**attempt, failure="OSError"), at)


def left(at: datetime = NOW) -> Recorded[Event]:
    return fact(AlertDelivered(referral=uuid4(), agency=Agency.UNICEF, channel="email", contact="c", attempt=1), at)


def after(*facts: Recorded[Event], channel: str = "email") -> ChannelState:
    return reduce(evolve, facts, ChannelState(channel))


def due(
    state: ChannelState, now: datetime = NOW, waiting: Waiting | None = WAITS, *, configured: bool = True
) -> ChannelFailing | ChannelRecovered | None:
    return due_fact(state, waiting, POLICY, now, configured=configured)


def failing(event: ChannelFailing | ChannelRecovered | None) -> ChannelFailing:
    assert isinstance(event, ChannelFailing)
    return event


class TestAChannelFails:
    def test_after_so_many_attempts_in_a_row(self) -> None:
        assert due(after(*[failed()] * (POLICY.attempts - 1))) is None
        event = failing(due(after(*[failed()] * POLICY.attempts)))
        assert (event.channel, event.since, event.failed, event.waiting) == ("email", NOW, POLICY.attempts, 3)
        assert event.whom == (Duty.COORDINATOR, Duty.OPERATOR)

    def test_after_a_while_although_it_was_tried_once(self) -> None:
        state = after(failed())
        assert due(state, NOW + POLICY.within - timedelta(seconds=1)) is None
        assert failing(due(state, NOW + POLICY.within)).since == NOW

    def test_not_while_nothing_waits_for_it(self) -> None:
        assert due(after(failed()), NOW + timedelta(days=1), waiting=None) is None

    def test_not_for_a_failure_of_last_week_and_one_of_now(self) -> None:
        state = after(failed(NOW - timedelta(days=7)), failed())
        assert due(state, NOW + timedelta(seconds=5)) is None

    def test_not_when_an_alert_left_in_between(self) -> None:
        failures = [failed()] * (POLICY.attempts - 1)
        assert due(after(*failures, left(), *failures)) is None

    def test_once_an_outage_however_many_fail(self) -> None:
        state = after(*[failed()] * POLICY.attempts)
        state = evolve(state, fact(failing(due(state))))
        assert due(reduce(evolve, [failed()] * 50, state), NOW + timedelta(days=1)) is None


class TestWithoutAChannel:
    def test_an_alert_that_has_waited_is_said(self) -> None:
        state = ChannelState(EVERY_CHANNEL)
        assert due(state, NOW + POLICY.within - timedelta(seconds=1), configured=False) is None
        event = failing(due(state, NOW + POLICY.within, configured=False))
        assert (event.channel, event.since, event.failed, event.waiting) == ("*", NOW, 0, 3)

    def test_nothing_is_said_while_nothing_waits(self) -> None:
        assert due(ChannelState(EVERY_CHANNEL), waiting=None, configured=False) is None

    def test_only_the_installation_is_looked_at(self) -> None:
        assert examined({}, {"email": WAITS}, set()) == [EVERY_CHANNEL]
        assert examined({}, {"sms": WAITS}, {"email"}) == [EVERY_CHANNEL, "email", "sms"]


class TestAChannelRecovers:
    @pytest.fixture
    def outage(self) -> ChannelState:
        state = after(*[failed()] * POLICY.attempts)
        return evolve(state, fact(failing(due(state))))

    def test_when_an_alert_has_left(self, outage: ChannelState) -> None:
        assert due(outage) is None
        event = due(evolve(outage, left()))
        assert event == ChannelRecovered(channel="email", since=NOW)

    def test_and_may_fail_again_which_is_another_outage(self, outage: ChannelState) -> None:
        later = NOW + timedelta(hours=1)
        recovered = reduce(evolve, [left(), fact(ChannelRecovered(channel="email", since=NOW))], outage)
        assert due(recovered) is None
        again = failing(due(reduce(evolve, [failed(later)] * POLICY.attempts, recovered), later))
        assert again.since == later


class TestOneOutageIsOneFact:
    EVENT = ChannelFailing(channel="email", since=NOW, failed=5, waiting=1, whom=POLICY.whom)

    def test_whoever_records_it(self) -> None:
        other = self.EVENT.model_copy(update={"failed": 9, "waiting": 4})
        assert command_of(self.EVENT) == command_of(other)
        assert command_of(self.EVENT) != command_of(self.EVENT.model_copy(update={"since": NOW + timedelta(1)}))
        assert stream_of("email") != stream_of("sms")

    def test_and_changes_what_is_recorded(self) -> None:
        recovered = ChannelRecovered(channel="email", since=NOW)
        assert is_news(self.EVENT, [])
        assert not is_news(recovered, [])
        assert not is_news(self.EVENT, [fact(self.EVENT)])
        assert is_news(recovered, [fact(self.EVENT)])
        assert not is_news(recovered, [fact(self.EVENT), fact(recovered)])


def test_what_waits_by_any_channel_is_counted_from_the_oldest() -> None:
    assert of_all({}) is None
    old = Waiting(1, NOW - timedelta(hours=1))
    assert of_all({"email": WAITS, "sms": old}) == Waiting(4, old.since)
