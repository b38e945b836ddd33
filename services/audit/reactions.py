"""Audit follows every log and notes where each case's events stand. It never parks: it reads no content here."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from services.chassis.entry import Entry
from services.chassis.log import Projection
from services.chassis.reacting import Digest, Digested

NOTE = "insert into trace values ($1,$2,$3)"


def trace(log: str) -> Digest:
    """Notes the places of one log's events, in the transaction that moves past them."""

    async def digest(entries: Sequence[Entry]) -> Digested:
        places = [(log, entry.position, entry.case) for entry in entries if entry.case is not None]

        async def within(connection: asyncpg.Connection) -> None:
            await connection.executemany(NOTE, places)

        return Digested(within=within if places else None)

    return digest


def retrace(log: str) -> Projection:
    """The same places again, when the read model is rebuilt from the log itself."""

    async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        places = [(log, fact.position, fact.case) for fact in batch if fact.case is not None]
        await connection.executemany(NOTE, places)

    return project
