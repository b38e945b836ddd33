"""Reads the rows of the logs as they are now, what was sealed of them, and what was found altered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from events.vocabulary import Tampering
from services.audit.ledger.leaves import leaf_hashes_of
from services.audit.ledger.queries import leaf_hashes
from services.audit.tampering.domain import Finding, Suspect, suspects_in
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.runtime.checks import Check
from services.chassis.web.cursors import Cursors, not_a_cursor

LIST = "audit_tampering"
OUTSIDE = 16
"""Rows before the first position that are told: there should be none."""
ROWS = f"select {ENTRY_COLUMNS} from {{log}}.event where position between $1 and $2 order by position"
BEFORE = f"select {ENTRY_COLUMNS} from {{log}}.event where position < 1 order by position limit $1"
FINDINGS = """
select * from tampering where ($1::bigint is null or told_at < $1) order by told_at desc limit $2
"""
OPEN_OF = "select finding from tampering where log = $1 and ended_at is null"
OPEN = """
select count(*) as number, extract(epoch from clock_timestamp() - min(found_at))::float8 as seconds
from tampering where ended_at is null
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a part of a log is beside what was sealed of it."""

    leaves: Sequence[bytes]
    """The leaf hashes that were sealed, from the first position that was asked for; fewer if tiles are gone."""
    suspects: Sequence[Suspect]


async def compared(connection: asyncpg.Connection, log: str, first: int, count: int) -> Compared:
    """Compares ``count`` positions of a log from ``first`` on with what was sealed of them."""
    sealed = await leaf_hashes(connection, log, first, count)
    rows = await connection.fetch(ROWS.format(log=log), first, first + len(sealed) - 1)
    if _agree(rows, sealed):
        return Compared(sealed, ())
    return Compared(sealed, list(suspects_in(first, sealed, [from_row(row) for row in rows])))


def _agree(rows: Sequence[Any], sealed: Sequence[bytes]) -> bool:
    """Whether the rows are those that were sealed; no entry is made for it. ``False`` may also be a rare form."""
    return leaf_hashes_of(_leaf_columns(rows)) == list(sealed) and all(
        b'"recorded_at":"%b"' % row["recorded_at"].isoformat().encode() in row["state"] for row in rows
    )


def _leaf_columns(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [
        (position, id_, stream, version, topic, case, state)
        for position, id_, stream, version, topic, case, _, state in rows
    ]


async def outside(connection: asyncpg.Connection, log: str) -> list[Suspect]:
    """Rows before the first position, where the service never writes any."""
    entries = [from_row(row) for row in await connection.fetch(BEFORE.format(log=log), OUTSIDE)]
    return [Suspect(entry.position, entry, entry.leaf_hash(), None) for entry in entries]


async def entry_at(connection: asyncpg.Connection, log: str, position: int) -> LogEntry | None:
    """What a log has at a position now; ``None``: nothing."""
    row = await connection.fetchrow(ROWS.format(log=log), position, position)
    return None if row is None else from_row(row)


async def open_findings(database: Database, log: str) -> set[UUID]:
    """What was found of a log and has not ended, by the stream that tells of it."""
    async with database.reading() as connection:
        return {UUID(int=row["finding"].int) for row in await connection.fetch(OPEN_OF, log)}


async def altered(connection: asyncpg.Connection) -> Sequence[Check]:
    """For ``/health/flow``: whether any log is not as it was sealed."""
    row = await connection.fetchrow(OPEN)
    return [Check(code="altered", ok=not row["number"], seconds=row["seconds"], count=row["number"])]


@dataclass(frozen=True, slots=True)
class Findings:
    """Lists what was found altered, what was told last first."""

    database: Database
    cursors: Cursors

    async def page(
        self, viewer: Principal, *, cursor: str | None, limit: int, field: str = "cursor"
    ) -> tuple[list[Finding], str | None]:
        """A page of the findings, and the cursor of the next one; ``None``: this is the last.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        place = None if cursor is None else self.cursors.read(cursor, LIST, viewer, field=field)
        if place is not None and not place.isdecimal():
            raise not_a_cursor(field)
        async with self.database.reading() as connection:
            rows = await connection.fetch(FINDINGS, None if place is None else int(place), limit + 1)
        more = len(rows) > limit
        after = self.cursors.issue(LIST, viewer, str(rows[limit - 1]["told_at"])) if more else None
        return [_finding(row) for row in rows[:limit]], after


def _finding(row: Any) -> Finding:
    return Finding(
        finding=UUID(int=row["finding"].int),
        log=row["log"],
        position=row["position"],
        last=row["last"],
        kind=Tampering(row["kind"]),
        other=row["other"],
        found_at=row["found_at"],
        ended_at=row["ended_at"],
    )
