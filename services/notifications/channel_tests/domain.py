"""When somebody may test a channel of theirs, and what became of the tests. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertDelivered, AlertNotDelivered, ChannelTested
from services.chassis.errors import ServiceError
from services.chassis.ids import uuid5

MAX_TESTS = 5
"""Tests of one person within ``TESTS_WITHIN``: enough to try each channel, too few to annoy anybody."""
TESTS_WITHIN = timedelta(hours=1)


class TooManyTestsError(ServiceError):
    """The person tested channels more often in the last hour than anybody needs to."""

    code = "too_many_tests"
    status = 429


class NoSuchChannelError(ServiceError):
    """The person has no such channel, this installation cannot send by it, or they are notified of nothing."""

    code = "no_such_channel"
    status = 409


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """One test and what became of it."""

    channel: str
    at: datetime
    result: Literal["on_its_way", "delivered", "not_delivered"]
    ended_at: datetime | None = None


def tests_stream(person: str) -> UUID:
    """The stream of a person's tests."""
    return uuid5(UUID(int=0), f"notifications/channel_tests/{person}")


def check_test(history: Sequence[Recorded[Event]], now: datetime) -> None:
    """Checks that the person may test a channel now.

    Raises:
        TooManyTestsError: too many within an hour.
    """
    tests = [fact for fact in history if isinstance(fact.event, ChannelTested)]
    if sum(now - fact.recorded_at < TESTS_WITHIN for fact in tests) >= MAX_TESTS:
        raise TooManyTestsError


def tests_in(history: Sequence[Recorded[Event]]) -> list[ChannelTest]:
    """The tests of a person, the newest first."""
    found: list[ChannelTest] = []
    for fact in history:
        match fact.event:
            case ChannelTested(channel=channel):
                found.append(ChannelTest(channel, fact.recorded_at, "on_its_way"))
            case AlertDelivered() if found:
                found[-1] = ChannelTest(found[-1].channel, found[-1].at, "delivered", fact.recorded_at)
            case AlertNotDelivered() if found:
                found[-1] = ChannelTest(found[-1].channel, found[-1].at, "not_delivered", fact.recorded_at)
            case _:
                pass
    return found[::-1]
