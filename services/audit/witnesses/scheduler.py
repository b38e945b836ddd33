"""Sends every new checkpoint to every witness, each in a task of its own: one that hangs costs itself alone."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import httpx2
import structlog

from events.vocabulary import Watched
from services.audit.ledger.keys import LOGS
from services.audit.ledger.queries import Connection
from services.audit.witnesses.commands import Submission, WitnessFault, WitnessFaultError
from services.audit.witnesses.policy import Witness, WitnessPolicy
from services.audit.witnesses.projections import record_attempt
from services.audit.witnesses.queries import standings
from services.chassis.backoff import backoff
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.liveness import beat
from services.chassis.runtime.checks import Check

logger = structlog.get_logger(__name__)

TURN_SECONDS = 1.0
"""Between two submissions of one log to one witness, at least."""
LONGEST = timedelta(minutes=1)
"""Between two attempts at a witness that fails."""
REPEATED = timedelta(minutes=1)
"""How often an alarm that is not over is counted again."""
ALARMING = frozenset({WitnessFault.REFUSED, WitnessFault.AHEAD})


class WitnessSubmitter:
    """Runs beside the audit service until cancelled."""

    def __init__(
        self,
        *,
        policy: WitnessPolicy,
        ledger: str,
        database: Database,
        clock: Clock,
        alarm: Callable[[Watched, int], None],
    ) -> None:
        """Sends nothing yet. ``alarm`` counts what operators are to be alarmed of."""
        self.policy = policy
        self._ledger = ledger
        self._database = database
        self._clock = clock
        self._alarm = alarm
        self._counted: dict[tuple[str, str], datetime] = {}

    async def run(self) -> None:
        """Submits until cancelled."""
        asked = [one for one in self.policy.witnesses.values() if one.url is not None]
        if not asked:
            await asyncio.Event().wait()
        async with asyncio.TaskGroup() as group:
            for witness in asked:
                group.create_task(self._serve(witness), name=f"witness-{witness.name}")
            while True:
                beat()
                await asyncio.sleep(TURN_SECONDS)

    async def _serve(self, witness: Witness) -> None:
        failures = 0
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
            while True:
                try:
                    well = all([await self.attempt(witness, log, client) for log in LOGS])
                except ServiceError as error:
                    logger.warning("witness_interrupted", code=error.code)
                    well = True
                failures = 0 if well else failures + 1
                wait = timedelta(seconds=TURN_SECONDS)
                if failures:
                    wait = backoff(failures, first=wait, longest=LONGEST)
                await asyncio.sleep(wait.total_seconds())

    async def attempt(self, witness: Witness, log: str, client: httpx2.AsyncClient) -> bool:
        """Submits one log's last checkpoint to one witness, and records how that went; whether it went well.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        submission = Submission(
            witness=witness,
            ledger=self._ledger,
            log=log,
            database=self._database,
            clock=self._clock,
            client=client,
        )
        fault: WitnessFault | None = None
        try:
            if not await submission.submit():
                return True
        except WitnessFaultError as error:
            fault = error.fault
            self._tell(witness, log, fault)
        await record_attempt(self._database, self._ledger, log, str(witness.key), fault, self._clock())
        return fault is None

    def _tell(self, witness: Witness, log: str, fault: WitnessFault) -> None:
        if fault not in ALARMING:
            return
        now, place = self._clock(), (witness.name, log)
        if place not in self._counted or now - self._counted[place] >= REPEATED:
            self._counted[place] = now
            logger.error("witness_refused", upstream=log, code=fault.value)
            self._alarm(Watched.WITNESS_REFUSED, 1)

    async def flow(self, connection: Connection) -> Sequence[Check]:
        """For ``/health/flow``: whether each witness cosigns; one that was never tried has no fault."""
        found = await standings(connection, LOGS, self.policy)
        names = {str(one.key): one.name for one in self.policy.witnesses.values()}
        faulty = {state.witness for standing in found for state in standing.witnesses if state.fault is not None}
        return [Check(code="witness", ok=key not in faulty, about=name) for key, name in names.items()]
