"""Notices that no alert leaves by a channel, and that alerts leave again; records each once and tells the operator.

What it looks at is in PostgreSQL, so an outage of the channel outlasts a restart. The log of the process says it once
for each outage, and again at intervals while it lasts: never once for each failed message.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime

import structlog

from events.operations import ChannelFailing, ChannelRecovered
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.liveness import beat
from services.notifications.channel_health.domain import (
    ACTOR,
    EVERY_CHANNEL,
    ChannelState,
    command_of,
    due_fact,
    examined,
    is_news,
    of_all,
    stream_of,
)
from services.notifications.channel_health.queries import Channels, read_channels
from services.notifications.delivery.policy import Outage

logger = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
"""Seconds between two looks: alerts wait too long by time alone."""


class ChannelMonitor:
    """Runs beside the notification service until cancelled."""

    def __init__(
        self, *, log: Log, database: Database, clock: Clock, policy: Outage, configured: Collection[str]
    ) -> None:
        """``configured``: the names of the channels that the installation has."""
        self._log = log
        self._database = database
        self._clock = clock
        self._policy = policy
        self._configured = set(configured)
        self._said: dict[str, datetime] = {}
        """When this process last logged each outage."""

    async def run(self) -> None:
        """Looks until cancelled; retries while the database is unavailable."""
        if not self._configured:
            logger.error("no_channel_configured", service="notifications")
        while True:
            try:
                await self.run_due()
                beat()
            except ServiceError as error:
                logger.warning("channel_monitor_interrupted", code=error.code)
            await asyncio.sleep(POLL_SECONDS)

    async def run_due(self) -> None:
        """Records what is due of every channel, and logs the outages that last."""
        now = self._clock()
        found = await read_channels(self._database, now)
        for name in examined(found.states, found.waiting, self._configured):
            state = found.states.get(name) or ChannelState(name)
            await self._look(state, found, now)

    async def _look(self, state: ChannelState, found: Channels, now: datetime) -> None:
        everything = state.channel == EVERY_CHANNEL
        waiting = of_all(found.waiting) if everything else found.waiting.get(state.channel)
        has_one = bool(self._configured) if everything else state.channel in self._configured
        event = due_fact(state, waiting, self._policy, now, configured=has_one)
        if event is not None:
            await self._record(event)
        fails = state.outage_since is not None if event is None else isinstance(event, ChannelFailing)
        if fails:
            self._remind(state.channel, now, 0 if waiting is None else waiting.number)
        elif self._said.pop(state.channel, None) is not None or isinstance(event, ChannelRecovered):
            logger.warning("channel_recovered", code=state.channel)

    async def _record(self, event: ChannelFailing | ChannelRecovered) -> None:
        stream, command = stream_of(event.channel), command_of(event)

        async def decide(_: None, work: UnitOfWork) -> None:
            if is_news(event, work.history(stream)):
                work.record(stream, event, case=None, actor=ACTOR, cause=command)

        await execute(self._log, self._clock, command, None, [stream], decide=decide)

    def _remind(self, channel: str, now: datetime, waiting: int) -> None:
        """Logs an outage when it is noticed, and again after each ``remind``."""
        said = self._said.get(channel)
        if said is None or now - said >= self._policy.remind:
            logger.error("channel_failing", code=channel, count=waiting)
            self._said[channel] = now
