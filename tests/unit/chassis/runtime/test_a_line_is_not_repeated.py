"""What a loop would say at each attempt is said once, and then every few minutes."""

from typing import Any

import pytest
from structlog import DropEvent

from services.chassis.runtime.repeats import INTERVAL, MOST, NEVER, QUIET, Repeats


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def repeats(clock: Clock) -> Repeats:
    return Repeats(clock)


def said(repeats: Repeats, **line: Any) -> dict[str, Any] | None:
    try:
        return dict(repeats(None, "warning", line))
    except DropEvent:
        return None


def test_five_minutes_without_nats_are_two_lines(repeats: Repeats, clock: Clock) -> None:
    found = []
    while clock.now <= INTERVAL:
        found.append(said(repeats, event="nats_unreachable", service="intake", error="NoServersError"))
        clock.now += 0.5
    first, *others = [line for line in found if line is not None]
    assert "repeated" not in first
    [again] = others
    assert again["repeated"] == INTERVAL / 0.5


def test_another_service_another_error_or_another_place_is_news(repeats: Repeats) -> None:
    line = {"event": "loop_failed", "service": "intake", "error": "ValueError", "where": "services.a:1"}
    assert said(repeats, **line)
    for field, value in (
        ("service", "audit"),
        ("error", "KeyError"),
        ("where", "services.a:2"),
        ("upstream", "intake"),
    ):
        assert said(repeats, **line | {field: value})
    assert said(repeats, **line) is None


def test_what_comes_back_after_a_while_is_news(repeats: Repeats, clock: Clock) -> None:
    assert said(repeats, event="relay_interrupted", service="intake")
    clock.now += QUIET + 1
    assert said(repeats, event="relay_interrupted", service="intake")


@pytest.mark.parametrize(
    "line",
    [
        {"event": "request", "route": "-"},
        {"event": "alarm", "code": "log_lost_its_end"},
        {"event": "event_parked", "position": 3},
        {"event": "webhook_failed", "code": "status_500", "request_id": "one"},
        *({"event": event} for event in sorted(NEVER)),
    ],
    ids=lambda line: line["event"],
)
def test_what_somebody_did_is_always_said(repeats: Repeats, line: dict[str, Any]) -> None:
    assert said(repeats, **line)
    assert said(repeats, **line)


def test_its_memory_is_bounded(repeats: Repeats) -> None:
    for number in range(2 * MOST):
        said(repeats, event="shelter_stream_interrupted", shelter=f"A-{number}")
    assert len(repeats._said) == MOST
