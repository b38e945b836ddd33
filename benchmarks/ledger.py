"""Gathering and sealing stored events, and proving one of them, as the audit service does both."""

import statistics
import time
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from benchmarks.stored import LOGS
from services.audit.ledger.commands import Sealer
from services.audit.ledger.domain import inclusion_ranges, needed_for
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.projections import begin_ledger
from services.audit.ledger.proving import inclusion
from services.audit.ledger.sealed_file import SealedFile
from services.audit.ledger.tiles import tiles_of
from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.secrets.ledger import new_ledger
from services.chassis.secrets.service import ServiceSecrets

SEALED_EVERY = 0.5
"""Seconds, as in the service while it catches up."""
PROOFS = 300


async def seal_and_prove(dsn: str, secrets: ServiceSecrets, folder: Path, seed: int) -> dict[str, Any]:
    """Events a second of all three logs, gathered and sealed from position 1; and proofs of inclusion in the largest.

    ``folder``: of the copies beside the key, on a disk.
    """
    keys = LedgerKeys.of(secrets.model_copy(update=new_ledger()))
    database = Database(dsn, service="audit", password=secrets.postgres)
    try:
        async with database.reading() as connection:
            await begin_ledger(connection, keys.id, system_clock())
            heads = {log: await connection.fetchval(f"select max(position) from {log}.event") or 0 for log in LOGS}
        began = time.perf_counter()
        seals = 0
        for log, head in heads.items():
            sealer = Sealer(
                ledger=keys.id,
                log=log,
                key=keys.signer(log),
                file=SealedFile.of(folder, keys.signer(log).verifier),
                database=database,
                clock=system_clock,
            )
            last = time.perf_counter()
            while await sealer.gather(head):
                if time.perf_counter() - last >= SEALED_EVERY:
                    seals += await sealer.seal() is not None
                    last = time.perf_counter()
            seals += await sealer.seal() is not None
        seconds = time.perf_counter() - began
        events = sum(heads.values())
        largest = max(heads, key=heads.__getitem__)
        async with database.reading() as connection:
            proofs = await _proofs(connection, largest, heads[largest], Random(seed))  # noqa: S311 - which are proven
        return {"events": events, "seconds": seconds, "rate": events / seconds, "seals": seals, **proofs}
    finally:
        await database.close()


async def _proofs(connection: asyncpg.Connection, log: str, size: int, random: Random) -> dict[str, Any]:
    """Milliseconds of a proof of inclusion, and the tiles that are read for one."""
    took, tiles = list[float](), 0
    for _ in range(PROOFS):
        position = random.randint(1, size)
        began = time.perf_counter()
        await inclusion(connection, log, position, size)
        took.append(1000 * (time.perf_counter() - began))
        tiles = max(tiles, len(tiles_of(needed_for(inclusion_ranges(position - 1, size)))))
    took.sort()
    return {
        "leaves": size,
        "proof_p50": statistics.median(took),
        "proof_p99": took[int(0.99 * len(took))],
        "tiles": tiles,
    }
