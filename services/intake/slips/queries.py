"""Stores, finds and deletes slips."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.chassis.database import Database
from services.chassis.eventlog.side_rows import Rows

INSERT = """
insert into vault.slip (id, key_id, case_id, lookup, verifier, created_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::timestamptz[])
on conflict (id) do nothing returning id
"""
FORGET = "delete from vault.slip where case_id = $1 and id is distinct from $2"


@dataclass(frozen=True, slots=True)
class StoredSlip:
    """A slip as stored."""

    slip: UUID
    case: UUID
    verifier: str


async def find_slip(database: Database, lookup: bytes) -> StoredSlip | None:
    """The slip with this look-up digest, if any."""
    async with database.reading() as connection:
        row = await connection.fetchrow("select id, case_id, verifier from vault.slip where lookup = $1", lookup)
    return None if row is None else StoredSlip(UUID(int=row["id"].int), UUID(int=row["case_id"].int), row["verifier"])


def slip_row(slip: UUID, key: UUID, case: UUID, lookup: bytes, verifier: str, at: datetime) -> Rows:
    """The row of a slip, committed with the event that it was issued."""
    return {INSERT: [(slip, key, case, lookup, verifier, at)]}


async def delete_slips(connection: asyncpg.Connection, case: UUID, *, replacement: UUID | None = None) -> None:
    """Deletes the slips of a case in the transaction of an append, except its replacement."""
    await connection.execute(FORGET, case, replacement)


async def delete_slips_of_cases(connection: asyncpg.Connection, cases: Sequence[UUID]) -> None:
    """Deletes the slips of several cases in the transaction of an append."""
    for case in cases:
        await delete_slips(connection, case)


async def categories_of(database: Database, case: UUID) -> list[str] | None:
    """The case's categories; ``None`` while it is not assessed."""
    async with database.as_system() as connection:
        found: list[str] | None = await connection.fetchval("select categories from assessed where case_id = $1", case)
    return found
