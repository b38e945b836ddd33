"""Walks every log again and again at a bounded rate, records what is not as it was sealed, and raises the alarm."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

import structlog

from events.vocabulary import Watched
from services.audit.ledger.keys import LOGS
from services.audit.ledger.queries import Connection
from services.audit.tampering.commands import TamperingRecords
from services.audit.tampering.domain import Difference
from services.audit.tampering.queries import altered
from services.audit.tampering.walk import Walk
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.liveness import beat
from services.chassis.runtime.checks import Check

logger = structlog.get_logger(__name__)

BATCH = 250
"""Entries that are compared at once: a few milliseconds of a core."""
BETWEEN_PASSES = 5.0
"""Seconds from the end of one pass over all logs to the next."""
REPEATED = timedelta(minutes=1)
"""How often an alarm that is not over is counted again."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The last whole pass over a log in this process."""

    size: int
    """Up to which position was compared."""
    ended_at: datetime
    differences: int


class LogComparer:
    """Runs beside the audit service until cancelled."""

    def __init__(
        self,
        *,
        database: Database,
        records: TamperingRecords,
        clock: Clock,
        alarm: Callable[[Watched, int], None],
        share: float,
    ) -> None:
        """``alarm`` counts what operators are to be alarmed of; ``share`` of its time the loop may work."""
        self._database = database
        self._records = records
        self._clock = clock
        self._alarm = alarm
        self._share = share
        self._counted: datetime | None = None
        self.passes: dict[str, Pass] = {}
        """By log."""

    async def run(self) -> None:
        """Compares until cancelled; retries while the database is unavailable or the log is halted."""
        while True:
            for log in LOGS:
                try:
                    await self.compare(log)
                except ServiceError as error:
                    logger.warning("comparison_interrupted", upstream=log, code=error.code)
                beat()
            await asyncio.sleep(BETWEEN_PASSES)

    async def compare(self, log: str) -> list[Difference]:
        """One pass over a log. Once something differs it does not pause: what was done is told from the whole.

        Raises:
            ServiceError: the database cannot be reached, or nothing can be recorded.
        """
        walk = Walk(self._database, log)
        await walk.begin()
        while not walk.over:
            begun = perf_counter()
            await walk.step(BATCH)
            beat()
            if walk.suspects:
                self._raise(1)
                await asyncio.sleep(0)
            else:
                await asyncio.sleep((perf_counter() - begun) * (1 / self._share - 1))
        found = walk.differences()
        new = await self._records.record(log, found, whole=walk.told_whole, upto=walk.size)
        if found:
            self._raise(len(found))
        if new:
            logger.error("log_altered", upstream=log, count=new, position=found[0].position)
        if walk.size:
            self.passes[log] = Pass(walk.size, self._clock(), len(found))
        return found

    @property
    def differing(self) -> int:
        """Differences that the last pass over each log found, whatever the rows that tell of them say by now."""
        return sum(one.differences for one in self.passes.values())

    async def flow(self, connection: Connection) -> Sequence[Check]:
        """For ``/health/flow``: whether any log is not as it was sealed.

        Whoever alters a log can take away the rows that tell of it, too: what this process found itself counts as well.
        """
        checks = await altered(connection)
        found = Check(code="altered", ok=False, count=self.differing)
        return [found if one.ok and self.differing else one for one in checks]

    def _raise(self, number: int) -> None:
        """Counts for the alarm, as long as it lasts once a minute."""
        now = self._clock()
        if self._counted is None or now - self._counted >= REPEATED:
            self._alarm(Watched.ALTERED_EVENTS, number)
            self._counted = now
