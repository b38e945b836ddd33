"""Reads a service's log, its command ids and how far it has followed other logs."""

from collections.abc import Iterable
from uuid import UUID

from events.contract import Event, Recorded
from services.chassis.database import Database
from services.chassis.eventlog.append import Progress
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row

UNREAD = ("UnknownEventError", "UnreadableEventError")
"""The reasons for which an event is parked that a newer program may be able to read."""


class LogReader:
    """The queries on one service's log. Each of them raises ``StoreUnavailableError`` during an outage."""

    def __init__(self, database: Database) -> None:
        """Reads through the database's pool, with the service's own role."""
        self._database = database

    async def head(self) -> int:
        """The last position; 0 when the log is empty."""
        async with self._database.reading() as connection:
            position: int = await connection.fetchval("select position from head")
            return position

    async def entries(self, *, after: int, limit: int) -> list[LogEntry]:
        """At most ``limit`` entries in the order of the log, from position ``after`` (exclusive) on."""
        query = f"select {ENTRY_COLUMNS} from event where position > $1 order by position limit $2"
        async with self._database.reading() as connection:
            return [from_row(row) for row in await connection.fetch(query, after, limit)]

    async def streams(self, streams: Iterable[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        """The history of each of these streams, oldest event first; empty for a stream that does not exist."""
        histories: dict[UUID, list[Recorded[Event]]] = {stream: [] for stream in streams}
        query = f"select {ENTRY_COLUMNS} from event where stream = any($1::uuid[]) order by stream, version"
        async with self._database.reading() as connection:
            for row in await connection.fetch(query, list(histories)):
                entry = from_row(row)
                histories[entry.stream].append(decode(entry))
        return histories

    async def carried_out(self, command: UUID) -> list[Recorded[Event]] | None:
        """The events that a command recorded when it was first carried out; ``None`` if it never was."""
        query = f"""select {ENTRY_COLUMNS} from event, command where command.id = $1
            and position >= first_position and position < first_position + command.events order by position"""
        async with self._database.reading() as connection:
            if not await connection.fetchval("select true from command where id = $1", command):
                return None
            return [decode(from_row(row)) for row in await connection.fetch(query, command)]

    async def progress(self, upstream: str) -> Progress:
        """How far this service has followed another's log."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow("select * from tracking where upstream = $1", upstream)
        if row is None:
            return Progress(upstream=upstream, after=None, position=0)
        event = row["event_id"] and UUID(int=row["event_id"].int)
        return Progress(upstream=upstream, after=None, position=row["position"], event=event, leaf_hash=row["leaf"])

    async def parked_cases(self, upstream: str) -> list[UUID]:
        """The cases that have parked events of ``upstream``."""
        async with self._database.reading() as connection:
            rows = await connection.fetch("select distinct case_id from parked where upstream = $1", upstream)
        return [UUID(int=row["case_id"].int) for row in rows if row["case_id"] is not None]

    async def unread_cases(self, upstream: str) -> list[UUID]:
        """The cases with a parked event that the program of then could not read: a newer one's, perhaps."""
        query = "select distinct case_id from parked where upstream = $1 and case_id is not null and reason = any($2)"
        async with self._database.reading() as connection:
            rows = await connection.fetch(query, upstream, UNREAD)
        return [UUID(int=row["case_id"].int) for row in rows]

    async def parked_positions(self, upstream: str, case: UUID) -> list[int]:
        """The positions in ``upstream``'s log of a case's parked events, in order."""
        query = "select position from parked where upstream = $1 and case_id = $2 order by position"
        async with self._database.reading() as connection:
            return [row["position"] for row in await connection.fetch(query, upstream, case)]
