"""Writes to the service's log at intervals, the way an event is written: whether it accepts writes is then known."""

import asyncio
from collections.abc import Callable
from time import monotonic

import asyncpg
import structlog

from services.chassis.errors import ServiceError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.liveness import beat

logger = structlog.get_logger(__name__)

BEAT = """
insert into heartbeat (beat_at) values (clock_timestamp())
on conflict (only_row) do update set beat_at = excluded.beat_at
"""
"""By the database's clock: services on several machines, and a test's clock, compare with the same."""


class Heartbeat:
    """Runs beside a service. An append without events takes the same lock, connection and commit as any other."""

    def __init__(self, log: Log, service: str, interval: float, now: Callable[[], float] = monotonic) -> None:
        """``interval``: seconds between two writes."""
        self._log = log
        self._service = service
        self._interval = interval
        self._now = now
        self._accepted_at: float | None = None
        self._refused: str | None = None

    def silent_for(self) -> float | None:
        """Seconds since the log last accepted a write; ``None``: it has not, since the service started."""
        return None if self._accepted_at is None else self._now() - self._accepted_at

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            await self._write()
            beat()
            await asyncio.sleep(self._interval)

    async def _write(self) -> None:
        try:
            await self._log.append(Append(in_transaction=_store))
        except ServiceError as error:
            self._was_refused(error.code)
        except asyncpg.PostgresError as error:
            self._was_refused(type(error).__name__)
        else:
            self._accepted_at = self._now()
            if self._refused is not None:
                logger.warning("log_accepts_writes_again", service=self._service)
            self._refused = None

    def _was_refused(self, code: str) -> None:
        """Logs a refusal once, not at every attempt."""
        if self._refused is None:
            logger.error("log_refuses_writes", service=self._service, code=code)
        self._refused = code


async def _store(connection: asyncpg.Connection) -> None:
    await connection.execute(BEAT)
