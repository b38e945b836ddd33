"""Audit follows every log and notes where each case's events stand. It never parks: it reads no content here."""

from collections.abc import Sequence

import asyncpg

from services.chassis.entry import Entry
from services.chassis.reacting import Digest, Digested


def trace(log: str) -> Digest:
    """Notes the places of one log's events, in the transaction that moves past them."""

    async def digest(entries: Sequence[Entry]) -> Digested:
        places = [(log, entry.position, entry.case) for entry in entries if entry.case is not None]

        async def within(connection: asyncpg.Connection) -> None:
            await connection.executemany("insert into trace values ($1,$2,$3)", places)

        return Digested(within=within if places else None)

    return digest
