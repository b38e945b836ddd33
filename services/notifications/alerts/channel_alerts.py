"""Alerts to the service's own facts: a channel by which no alert leaves, a burst of what is watched, and their end.

No follower reads the service's own log. A loop does: what this process appends is announced to it, and after a start it
looks at what was appended last, in case a process ended between the fact and its alert.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.operations import ChannelFailing, ChannelRecovered
from events.security import SecurityAlarmEnded, SecurityAlarmRaised
from services.chassis.clock import Clock
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.reactions import Reaction
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.notifications.alerts.burst_reactions import alert_of_burst, burst_alert, end_burst_alert
from services.notifications.alerts.task_reactions import alert_of_channel, channel_alert, end_channel_alert

LOOKED_AT = 5_000
"""Entries at the end of the log that are looked at after a start."""
_REACTIONS: Mapping[type[Event], tuple[Reaction, Callable[[UUID], UUID]]] = {
    ChannelFailing: (alert_of_channel, channel_alert),
    ChannelRecovered: (end_channel_alert, channel_alert),
    SecurityAlarmRaised: (alert_of_burst, burst_alert),
    SecurityAlarmEnded: (end_burst_alert, burst_alert),
}
"""What follows from a fact, and the id of the alert that it is about."""
_NAMES = frozenset(event.NAME for event in _REACTIONS)


class ChannelAlerts:
    """Runs beside the notification service until cancelled."""

    def __init__(self, log: Log, clock: Clock, ready: Callable[[], Awaitable[None]]) -> None:
        """Reads the log, and appends alerts to it once the contacts are stored (``ready``)."""
        self._log = log
        self._clock = clock
        self._ready = ready
        self._waiting: deque[Recorded[Any]] = deque()
        self._wake = asyncio.Event()

    def announce(self, batch: Sequence[Recorded[Event]]) -> None:
        """Takes note of the facts in a batch; called after every commit of the log."""
        found = [fact for fact in batch if type(fact.event) in _REACTIONS]
        if found:
            self._waiting.extend(found)
            self._wake.set()

    async def run(self) -> None:
        """Reacts until cancelled."""
        head = await self._log.head()
        last = await self._log.entries(after=max(0, head - LOOKED_AT), limit=LOOKED_AT)
        for fact in [decode(entry) for entry in last if entry.name in _NAMES]:
            await self._react(fact)
        while True:
            self._wake.clear()
            while self._waiting:
                await self._react(self._waiting[0])
                self._waiting.popleft()
            await self._wake.wait()

    async def _react(self, fact: Recorded[Any]) -> None:
        """Reacts once: the command's id is derived from the fact's."""
        react, alert_about = _REACTIONS[type(fact.event)]

        async def decide(_: None, work: UnitOfWork) -> None:
            react(fact, work)

        await self._ready()
        streams, command = [alert_about(fact.stream)], uuid5(fact.id, "alert")
        await execute(self._log, self._clock, command, None, streams, decide=decide)
