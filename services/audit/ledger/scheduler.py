"""Gathers and seals every log beside the audit service; what cannot be sealed is said aloud and sealed no further."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import structlog

from events.vocabulary import Watched
from services.audit.ledger.commands import Sealer
from services.audit.ledger.domain import Inconsistency, InconsistentLedgerError
from services.audit.ledger.keys import LOGS, LedgerKeys
from services.audit.ledger.projections import begin_ledger
from services.audit.ledger.queries import Connection, followed, last_checkpoint, ledgers, recorded_at
from services.audit.ledger.sealed_file import SealedFile
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.liveness import beat
from services.chassis.runtime.checks import Check, aged

logger = structlog.get_logger(__name__)

TURN_SECONDS = 0.8
"""Between two looks at the logs: an event is sealed within a second of being followed."""
GATHERING_SECONDS = 0.5
"""How long one log is gathered before every log is sealed."""
REPEATED = timedelta(minutes=1)
"""How often an alarm that is not over is counted again."""


class LedgerKeeper:
    """Runs beside the audit service until cancelled."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        keys: LedgerKeys,
        folder: Path,
        given_up: Collection[str],
        alarm: Callable[[Watched, int], None],
        behind: float,
    ) -> None:
        """Reads nothing yet.

        Args:
            database: read and written with the service's own role.
            clock: dates the checkpoints.
            keys: of the ledger.
            folder: of the last checkpoints, beside the key.
            given_up: ids of ledgers whose keys were lost.
            alarm: counts what operators are to be alarmed of.
            behind: seconds that sealing may be late.
        """
        self._database = database
        self._clock = clock
        self._keys = keys
        self._given_up = frozenset(given_up)
        self._sealers = {
            log: Sealer(
                ledger=keys.id,
                log=log,
                key=keys.signer(log),
                file=SealedFile.of(folder, keys.signer(log).verifier),
                database=database,
                clock=clock,
            )
            for log in LOGS
        }
        self._alarm = alarm
        self._behind = behind
        self._begun = False
        self._counted: dict[str, datetime] = {}
        self.problems: dict[str, Inconsistency] = {}
        """Why a log is not sealed any further, as this process found it."""
        self.sealed = asyncio.Event()
        """Set after every new checkpoint."""

    async def run(self) -> None:
        """Gathers and seals until cancelled; retries while the database is unavailable."""
        while True:
            try:
                await self.turn()
                beat()
            except ServiceError as error:
                logger.warning("sealing_interrupted", code=error.code)
            await asyncio.sleep(TURN_SECONDS)

    async def turn(self) -> None:
        """Gathers what was followed and seals it, every log by itself."""
        if not self._begun and not await self._begin():
            return
        async with self._database.reading() as connection:
            positions = await followed(connection)
        await asyncio.gather(*(self._seal(sealer, positions.get(log, 0)) for log, sealer in self._sealers.items()))

    async def flow(self, connection: Connection) -> list[Check]:
        """For ``/health/flow``: whether each log can be sealed, and how old the first event that is not sealed is."""
        checks = []
        for log in self._sealers:
            last = await last_checkpoint(connection, log, self._keys.id)
            at = await recorded_at(connection, log, 1 if last is None else last.size + 1)
            age = None if at is None else (self._clock() - at).total_seconds()
            checks.append(Check(code="ledger", ok=log not in self.problems, about=log))
            checks.append(aged("sealing", age, self._behind, about=log))
        return checks

    async def _begin(self) -> bool:
        async with self._database.reading() as connection:
            others = set(await ledgers(connection)) - self._given_up - {self._keys.id}
            if others or not await begin_ledger(connection, self._keys.id, self._clock()):
                for log in self._sealers:
                    self._found(log, Inconsistency.ANOTHER_KEY)
                return False
        self._begun = True
        return True

    async def _seal(self, sealer: Sealer, upto: int) -> None:
        until = monotonic() + GATHERING_SECONDS
        try:
            while await sealer.gather(upto) and monotonic() < until:
                pass
            if await sealer.seal() is not None:
                self.sealed.set()
        except InconsistentLedgerError as error:
            self._found(sealer.log, error.found)
        else:
            self.problems.pop(sealer.log, None)

    def _found(self, log: str, problem: Inconsistency) -> None:
        now = self._clock()
        if self.problems.get(log) is not problem or now - self._counted[log] >= REPEATED:
            logger.error("ledger_inconsistent", upstream=log, code=problem.value)
            self._alarm(Watched.LEDGER_INCONSISTENT, 1)
            self._counted[log] = now
        self.problems[log] = problem
