"""Notices bursts of what is watched, records each once, and records when it is over."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from events.security import SecurityAlarmEnded, SecurityAlarmRaised
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.liveness import beat
from services.notifications.security_alarms.domain import (
    ACTOR,
    burst_of,
    command_of,
    ended,
    open_alarm,
    raised,
    stream_of,
)
from services.notifications.security_alarms.policy import AlarmPolicy
from services.notifications.security_alarms.queries import alarm_streams, bursts_over, counted_since

logger = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
MINUTE = timedelta(minutes=1)


class BurstMonitor:
    """Runs beside the notification service until cancelled."""

    def __init__(self, *, log: Log, database: Database, clock: Clock, policy: AlarmPolicy) -> None:
        """Reads the counts of every service, and records alarms in the service's own log."""
        self._log = log
        self._database = database
        self._clock = clock
        self._policy = policy

    async def run(self) -> None:
        """Looks until cancelled; retries while the database is unavailable."""
        while True:
            try:
                await self.run_due()
                beat()
            except ServiceError as error:
                logger.warning("burst_monitor_interrupted", code=error.code)
            await asyncio.sleep(POLL_SECONDS)

    async def run_due(self) -> None:
        """Records the bursts that began, and those that are over."""
        now = self._clock()
        for burst in await bursts_over(self._database, self._policy.thresholds(), now):
            stream = stream_of(burst)
            history = (await self._log.streams([stream]))[stream]
            if open_alarm(history) is None:
                await self._record(raised(burst, self._policy), stream, len(history))
                logger.error("security_alarm", code=burst.watched, count=burst.counted)
        histories = await self._log.streams(await alarm_streams(self._database))
        for stream, history in histories.items():
            alarm = open_alarm(history)
            if alarm is None:
                continue
            counted, last = await counted_since(self._database, burst_of(alarm))
            if last is None or now - last >= self._policy.quiet + MINUTE:
                await self._record(ended(alarm, counted), stream, len(history))

    async def _record(self, event: SecurityAlarmRaised | SecurityAlarmEnded, stream: UUID, version: int) -> None:
        command = command_of(event, stream, version)

        async def decide(_: None, work: UnitOfWork) -> None:
            is_open = open_alarm(work.history(stream)) is not None
            if is_open is isinstance(event, SecurityAlarmEnded):
                work.record(stream, event, case=None, actor=ACTOR, cause=command)

        await execute(self._log, self._clock, command, None, [stream], decide=decide)
