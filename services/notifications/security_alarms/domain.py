"""When an alarm is raised and when it is over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.security import SecurityAlarmEnded, SecurityAlarmRaised
from events.vocabulary import AlarmScope, Watched
from services.chassis.ids import uuid5
from services.notifications.security_alarms.policy import AlarmPolicy

ACTOR = "notifications"
NAMESPACE = UUID("8c2d1f6a-4b3e-5d07-a1c9-3e5f7b9d0a24")


@dataclass(frozen=True, slots=True)
class Burst:
    """What was counted of one sender, of one place, or in all."""

    watched: Watched
    scope: AlarmScope
    whose: str
    counted: int
    since: datetime


def stream_of(burst: Burst) -> UUID:
    """The stream of the alarms about the same: every burst of it is told there."""
    return uuid5(NAMESPACE, f"{burst.watched}/{burst.scope}/{burst.whose}")


def open_alarm(history: Sequence[Recorded[Any]]) -> SecurityAlarmRaised | None:
    """The alarm that was raised and is not over; ``None``: there is none."""
    last: Event | None = history[-1].event if history else None
    return last if isinstance(last, SecurityAlarmRaised) else None


def raised(burst: Burst, policy: AlarmPolicy) -> SecurityAlarmRaised:
    """The alarm of a burst."""
    return SecurityAlarmRaised(
        watched=burst.watched,
        scope=burst.scope,
        since=burst.since,
        counted=burst.counted,
        who=burst.whose if burst.scope is AlarmScope.ONE_SENDER else None,
        place=burst.whose if burst.scope is AlarmScope.ONE_PLACE else None,
        whom=policy.whom,
        policy=policy.version,
    )


def burst_of(alarm: SecurityAlarmRaised) -> Burst:
    """The burst that an alarm was raised about."""
    return Burst(alarm.watched, alarm.scope, alarm.who or alarm.place or "", alarm.counted, alarm.since)


def ended(alarm: SecurityAlarmRaised, counted: int) -> SecurityAlarmEnded:
    """The end of an alarm; ``counted``: how many came in all."""
    return SecurityAlarmEnded(
        watched=alarm.watched, scope=alarm.scope, since=alarm.since, counted=max(counted, alarm.counted)
    )


def command_of(event: SecurityAlarmRaised | SecurityAlarmEnded, stream: UUID, version: int) -> UUID:
    """The same id for the same change, whichever process notices it."""
    return uuid5(stream, f"{event.NAME}/{version}/{event.since.astimezone(UTC).isoformat()}")
