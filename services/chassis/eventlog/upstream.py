"""Another service's log, read through the SELECT-only grant that a follower has on it: the only word it acts upon."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from services.chassis.database import Database, outages_named
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row


def not_ended(service: str, stream: str, endings: str) -> str:
    """The condition that a stream's last event in a log is none of these, ``name.v`` each: of many, few have not ended.

    A look at the last event alone costs a fraction of reading a history. Each argument is SQL.
    """
    return f"""exists (select from (select topic from {service}.event as fact where fact.stream = {stream}
        order by version desc limit 1) as last where rtrim(last.topic, '0123456789') <> all({endings}))"""


class HoleError(Exception):
    """The upstream log lacks a position that its stream has, or has gone beyond."""


class Upstream:
    """Reads another log by position and by stream."""

    def __init__(self, database: Database, service: str) -> None:
        """``database`` signs in as the follower; ``service`` names the schema to read."""
        self._database = database
        self.service = service
        self._connection: asyncpg.Connection | None = None

    async def entry(self, position: int) -> LogEntry | None:
        """The entry at a position; ``None`` if there is none."""
        query = f"select {ENTRY_COLUMNS} from {self.service}.event where position = $1"
        async with self._database.reading() as connection:
            row = await connection.fetchrow(query, position)
            return None if row is None else from_row(row)

    async def between(self, first: int, last: int) -> list[LogEntry]:
        """The entries from ``first`` to ``last``, both included.

        Raises:
            HoleError: one of them is missing.
        """
        query = f"select {ENTRY_COLUMNS} from {self.service}.event where position between $1 and $2 order by position"
        async with self._database.reading() as connection:
            entries = [from_row(row) for row in await connection.fetch(query, first, last)]
        if len(entries) != last - first + 1:
            raise HoleError
        return entries

    async def attend(self) -> None:
        """Opens a connection for ``following``: taking one from the pool costs as much as the query (ADR 0033).

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        self.leave()
        self._connection = await self._database.connect()

    def leave(self) -> None:
        """Closes that connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()

    async def following(self, position: int, *, upto: int, limit: int) -> list[LogEntry]:
        """At most ``limit`` entries after ``position``, up to ``upto``; fewer if the log ends before.

        Raises:
            HoleError: one of them is missing in between.
        """
        query = f"""select {ENTRY_COLUMNS} from {self.service}.event
            where position > $1 and position <= $2 order by position limit $3"""
        if self._connection is not None:
            async with outages_named():
                rows = await self._connection.fetch(query, position, upto, limit)
        else:
            async with self._database.reading() as connection:
                rows = await connection.fetch(query, position, upto, limit)
        entries = [from_row(row) for row in rows]
        if entries and entries[-1].position != position + len(entries):
            raise HoleError
        return entries

    async def streams(self, streams: Collection[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        """The history of each of these streams, oldest event first."""
        if not streams:
            return {}
        histories: dict[UUID, list[Recorded[Event]]] = {stream: [] for stream in streams}
        query = f"""select {ENTRY_COLUMNS} from {self.service}.event
            where stream = any($1::uuid[]) order by stream, version"""
        async with self._database.reading() as connection:
            for row in await connection.fetch(query, list(histories)):
                entry = from_row(row)
                histories[entry.stream].append(decode(entry))
        return histories

    async def entries_of(self, stream: UUID) -> list[LogEntry]:
        """The entries of one stream as they are stored, oldest first: also those that cannot be read as events."""
        query = f"select {ENTRY_COLUMNS} from {self.service}.event where stream = $1 order by version"
        async with self._database.reading() as connection:
            return [from_row(row) for row in await connection.fetch(query, stream)]

    async def positions(self, ids: Collection[UUID]) -> dict[UUID, int]:
        """The positions of those events that are in this log, by event id. Reads the whole log: for repairs only."""
        query = f"select id, position from {self.service}.event where id = any($1::uuid[])"
        async with self._database.reading() as connection:
            rows = await connection.fetch(query, list(ids))
        return {UUID(int=row["id"].int): row["position"] for row in rows}

    async def head(self) -> int:
        """The upstream's last position."""
        async with self._database.reading() as connection:
            position: int = await connection.fetchval(f"select position from {self.service}.head")
            return position
