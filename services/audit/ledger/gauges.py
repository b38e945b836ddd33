"""What those who watch the system see of the seals: how much of each log is sealed, and how old the last seal is."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from services.audit.ledger.keys import LOGS
from services.audit.ledger.queries import last_checkpoint
from services.chassis.telemetry.gauges import Gauge, Sample

SEALED = Gauge("sealed_entries", "Entries of a log that its last checkpoint covers", ("log",))


@dataclass(frozen=True, slots=True)
class SealGauges:
    """Read from the checkpoints of one ledger."""

    ledger: str

    async def __call__(self, connection: asyncpg.Connection) -> Sequence[Sample]:
        """Every log."""
        found: list[Sample] = []
        for log in LOGS:
            last = await last_checkpoint(connection, log, self.ledger)
            found.append(Sample(SEALED, 0 if last is None else last.size, (log,)))
        return found
