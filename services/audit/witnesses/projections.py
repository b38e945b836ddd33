"""Stores what witnesses have cosigned, and how the last attempt went."""

from datetime import UTC, datetime

import asyncpg

from services.audit.witnesses.domain import Cosignature
from services.chassis.database import Database

COSIGNED = """
insert into cosignature (ledger, log, witness, size, line, cosigned_at, received_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (ledger, log, witness, size) do nothing
"""
TRIED = """
insert into witness_attempt as known (ledger, log, witness, tried_at, fault, since)
values ($1, $2, $3, $4::timestamptz, $5::text, case when $5::text is not null then $4::timestamptz end)
on conflict (ledger, log, witness) do update set tried_at = excluded.tried_at, fault = excluded.fault,
  since = case when known.fault = excluded.fault then known.since else excluded.since end
"""


async def add_cosignature(
    connection: asyncpg.Connection, ledger: str, log: str, witness: str, size: int, made: Cosignature, at: datetime
) -> None:
    """Stores a cosignature that was verified."""
    cosigned_at = datetime.fromtimestamp(min(made.at, 2**36), UTC)
    await connection.execute(COSIGNED, ledger, log, witness, size, str(made.line), cosigned_at, at)


async def record_attempt(
    database: Database, ledger: str, log: str, witness: str, fault: str | None, at: datetime
) -> None:
    """Stores how an attempt went; ``fault``: its code, ``None``: it went well.

    Raises:
        StoreUnavailableError: PostgreSQL cannot be reached.
    """
    async with database.reading() as connection:
        await connection.execute(TRIED, ledger, log, witness, at, fault)
