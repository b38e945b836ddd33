"""When a channel counts as failing, and when as recovered. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertDelivered, AlertNotDelivered
from events.operations import ChannelFailing, ChannelRecovered
from services.chassis.ids import uuid5
from services.notifications.delivery.policy import Outage

ACTOR = "notifications"
EVERY_CHANNEL = "*"
"""The installation as a whole, when it has no channel."""
NAMESPACE = UUID("6f1d5a0e-7c35-5f0b-9b41-52f7a1c0d9e4")


@dataclass(frozen=True, slots=True)
class ChannelState:
    """The last attempts by a channel, and its outage."""

    channel: str
    failed: int = 0
    failing_since: datetime | None = None
    outage_since: datetime | None = None
    left_since: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The alerts that should have left by a channel."""

    number: int
    since: datetime


def stream_of(channel: str) -> UUID:
    """The stream of a channel's outages."""
    return uuid5(NAMESPACE, f"channel/{channel}")


def evolve(state: ChannelState, fact: Recorded[Event]) -> ChannelState:
    """The state after a fact about this channel."""
    match fact.event:
        case AlertDelivered():
            return replace(state, failed=0, failing_since=None, left_since=state.outage_since is not None)
        case AlertNotDelivered():
            return replace(state, failed=state.failed + 1, failing_since=state.failing_since or fact.recorded_at)
        case ChannelFailing() as event:
            return replace(state, outage_since=event.since, left_since=False)
        case ChannelRecovered():
            return replace(state, outage_since=None, left_since=False)
        case _:
            return state


def due_fact(
    state: ChannelState, waiting: Waiting | None, policy: Outage, now: datetime, *, configured: bool
) -> ChannelFailing | ChannelRecovered | None:
    """What must be recorded about a channel now: that it fails, that it has recovered, or nothing."""
    if state.outage_since is not None:
        if not state.left_since:
            return None
        return ChannelRecovered(channel=state.channel, since=state.outage_since)
    since = _failing_since(state, waiting, policy, now, configured=configured)
    if since is None:
        return None
    return ChannelFailing(
        channel=state.channel,
        since=since,
        failed=state.failed,
        waiting=0 if waiting is None else waiting.number,
        whom=policy.whom,
    )


def _failing_since(
    state: ChannelState, waiting: Waiting | None, policy: Outage, now: datetime, *, configured: bool
) -> datetime | None:
    if not configured:  # nothing was tried: what counts is for how long something waits
        return waiting.since if waiting is not None and now - waiting.since >= policy.within else None
    if state.failing_since is None:
        return None
    if state.failed >= policy.attempts:
        return state.failing_since
    if waiting is not None and now - max(waiting.since, state.failing_since) >= policy.within:
        return state.failing_since
    return None


def command_of(event: ChannelFailing | ChannelRecovered) -> UUID:
    """The same id for the same outage, whoever records it."""
    what = "failing" if isinstance(event, ChannelFailing) else "recovered"
    return uuid5(stream_of(event.channel), f"{what}/{event.since.astimezone(UTC).isoformat()}")


def is_news(event: ChannelFailing | ChannelRecovered, history: Sequence[Recorded[Event]]) -> bool:
    """Whether it changes what is recorded of the channel."""
    fails = bool(history) and isinstance(history[-1].event, ChannelFailing)
    return fails is isinstance(event, ChannelRecovered)


def examined(states: Mapping[str, ChannelState], waiting: Mapping[str, Waiting], configured: set[str]) -> list[str]:
    """The channels to look at: all known ones; or the installation, when it has none."""
    if not configured:
        return [EVERY_CHANNEL]
    return sorted({EVERY_CHANNEL, *states, *waiting, *configured})


def of_all(waiting: Mapping[str, Waiting]) -> Waiting | None:
    """What waits by any channel."""
    if not waiting:
        return None
    return Waiting(sum(each.number for each in waiting.values()), min(each.since for each in waiting.values()))
