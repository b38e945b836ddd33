"""Audit follows every log and notes where each case's events stand. It never parks: it reads no content here."""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from services.chassis.entry import Entry
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


def retrace(log: str) -> Callable[[asyncpg.Connection, Sequence[Entry]], Awaitable[None]]:
    """The same places again, when the read model is rebuilt from the log itself."""

    async def place(connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        places = [(log, entry.position, entry.case) for entry in entries if entry.case is not None]
        await connection.copy_records_to_table("trace", records=places)

    return place
