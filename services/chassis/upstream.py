"""Another service's log, read through the SELECT-only grant that a follower has on it."""

from collections.abc import Collection
from uuid import UUID

from events.contract import Event, Recorded
from services.chassis.database import Database
from services.chassis.entry import Entry, recorded_from
from services.chassis.log_sql import ENTRY_COLUMNS, entry_from


class HoleError(Exception):
    """The upstream log lacks a position below one that its stream has."""


class Upstream:
    """Reads entries by position; the follower does so only to fill a hole and to compare."""

    def __init__(self, database: Database, service: str) -> None:
        """``database`` is the follower's own way in; ``service`` names the schema to read."""
        self._database = database
        self.service = service

    async def entry(self, position: int) -> Entry | None:
        """The entry at a position, if there is one."""
        query = f"select {ENTRY_COLUMNS} from {self.service}.event where position = $1"
        async with self._database.reading() as connection:
            row = await connection.fetchrow(query, position)
            return None if row is None else entry_from(row)

    async def between(self, first: int, last: int) -> list[Entry]:
        """The entries from ``first`` to ``last``, both included.

        Raises:
            HoleError: one of them is missing.
        """
        query = f"select {ENTRY_COLUMNS} from {self.service}.event where position between $1 and $2 order by position"
        async with self._database.reading() as connection:
            entries = [entry_from(row) for row in await connection.fetch(query, first, last)]
        if len(entries) != last - first + 1:
            raise HoleError
        return entries

    async def streams(self, streams: Collection[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        """The history of each stream asked for, oldest first."""
        if not streams:
            return {}
        histories: dict[UUID, list[Recorded[Event]]] = {stream: [] for stream in streams}
        query = f"""select {ENTRY_COLUMNS} from {self.service}.event
            where stream = any($1::uuid[]) order by stream, version"""
        async with self._database.reading() as connection:
            for row in await connection.fetch(query, list(histories)):
                entry = entry_from(row)
                histories[entry.stream].append(recorded_from(entry))
        return histories

    async def positions(self, ids: Collection[UUID]) -> dict[UUID, int]:
        """Where those of the events stand that are this log's. Reads the whole log: for repairs, not for requests."""
        query = f"select id, position from {self.service}.event where id = any($1::uuid[])"
        async with self._database.reading() as connection:
            rows = await connection.fetch(query, list(ids))
        return {UUID(int=row["id"].int): row["position"] for row in rows}

    async def head(self) -> int:
        """The upstream's last position."""
        async with self._database.reading() as connection:
            position: int = await connection.fetchval(f"select position from {self.service}.head")
            return position
