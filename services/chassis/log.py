"""The append-only log of one service: optimistic concurrency, command ids, positions without gaps.

Concurrent appends share one transaction (see ``group_commit``). A conflict is an answer to its own
caller and never aborts the others. Read models are written in the same transaction, after the counter
row is held: every writer takes the counter first and everything else under it, so that nothing
deadlocks and a read model sees events in the order of the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from events.contract import MAX_STATE_BYTES, Event, Recorded
from services.chassis.database import Database, is_outage
from services.chassis.entry import Entry, EntryMapper, recorded_from
from services.chassis.errors import (
    EntryTooLargeError,
    LogHaltedError,
    StaleProgressError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.group_commit import GroupCommit
from services.chassis.log_sql import APPEND, ENTRY_COLUMNS, append_arguments, entry_from
from services.chassis.recent import RecentEntries
from services.chassis.rows import Rows, RowsExistError, insert_rows

logger = structlog.get_logger(__name__)

Projection = Callable[[asyncpg.Connection, Sequence[Recorded[Event]]], Awaitable[None]]
"""Writes a service's read models for events that were just appended, in their order."""

Listener = Callable[[Sequence[Recorded[Event]]], None]
"""Told of events after they were committed. May only wake somebody up."""

MAPPER = EntryMapper()

GONE_BACK = "log_lost_its_end"
"""The alarm: the log ends before what was committed to it. An older backup stands in its place."""

COMPARISON = 3.0
"""Seconds that the first append waits for the log to be held against its stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a follower has come: from ``after`` to ``position`` of ``upstream``'s log, and what it saw there."""

    upstream: str
    after: int | None
    position: int
    event: UUID | None = None
    leaf: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """What one caller wants appended: all of it or nothing.

    ``rows`` go in with the events, or neither does; ``RowsExistError`` if one is there already. A command that was
    carried out before writes none. ``within`` runs in the same transaction once the append was granted; its failure
    undoes the append.
    """

    entries: Sequence[Entry] = ()
    command: UUID | None = None
    progress: Progress | None = None
    rows: Rows = field(default_factory=dict)
    within: Callable[[asyncpg.Connection], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where it went. ``repeated``: the command had been carried out before, and this is its first result."""

    first_position: int
    events: int
    repeated: bool


class Log:
    """A service's log. Appends through one task; reads through the database's pool."""

    def __init__(
        self,
        database: Database,
        *,
        projections: Sequence[Projection] = (),
        listeners: Sequence[Listener] = (),
    ) -> None:
        """The projections run in every append's transaction, the listeners after its commit."""
        self._database = database
        self._listeners = tuple(listeners)
        self._projections = tuple(projections)
        self._connection: asyncpg.Connection | None = None
        self._group: GroupCommit[Append, Appended] = GroupCommit(self._commit)
        self.appended = asyncio.Event()
        """Set after every commit that added entries; the relay clears it before it reads."""
        self.halted: str | None = None
        """Why nothing may be appended: a code that an operator looks up."""
        self.compared = asyncio.Event()
        """Set once the relay has held the log against its stream, or has found that it must be halted."""
        self._reached = 0
        self.recent = RecentEntries()
        """What this process appended last."""

    def listen(self, listener: Listener) -> None:
        """Adds somebody to be woken after each commit."""
        self._listeners = (*self._listeners, listener)

    def start(self, *, compare_first: bool = False) -> None:
        """Starts the writer.

        With ``compare_first`` nothing is appended before the relay has held the log against its stream, so that a
        log from an older backup is not written on; without NATS it waits a moment only.
        """
        if not compare_first:
            self.compared.set()
        self._group.start()

    async def stop(self) -> None:
        """Stops the writer and closes its connection."""
        await self._group.stop()
        await self._drop_connection()

    async def append(self, request: Append) -> Appended:
        """Appends and waits for the commit.

        Raises:
            VersionConflictError: somebody wrote to one of the streams first.
            StaleProgressError: the follower is not where it believes.
            RowsExistError: one of its rows is there already.
            EntryTooLargeError: a state is over the limit.
            LogHaltedError: an alarm stopped the log.
            StoreUnavailableError: PostgreSQL is away, or it is unknown whether it committed; repeating the
                same command gets the first result.
        """
        await self._compared()
        if self.halted:
            raise LogHaltedError(reason=self.halted)
        if any(len(entry.state) > MAX_STATE_BYTES for entry in request.entries):
            raise EntryTooLargeError
        return await self._group.submit(request)

    async def _compared(self) -> None:
        """Waits for the comparison. To take a case in without NATS matters more than to have compared."""
        if not self.compared.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(COMPARISON):
                    await self.compared.wait()
            self.compared.set()

    async def _commit(self, batch: list[Append]) -> Sequence[Appended | Exception]:
        """Commits a batch in rounds: requests that touch the same stream or command must not share one."""
        results: dict[int, Appended | Exception] = {}
        remaining = list(enumerate(batch))
        while remaining:
            taken: list[tuple[int, Append]] = []
            later: list[tuple[int, Append]] = []
            touched: set[Any] = set()
            first: dict[UUID, int] = {}
            for index, request in remaining:
                keys = _keys(request)
                (later if keys & touched else taken).append((index, request))
                touched |= keys
                if request.command is not None:
                    first.setdefault(request.command, index)
            outcomes = await self._round([request for _, request in taken])
            results.update(zip((index for index, _ in taken), outcomes, strict=True))
            remaining = [(index, request) for index, request in later if not _told(index, request, first, results)]
        return [results[index] for index in range(len(batch))]

    async def _round(self, requests: list[Append]) -> list[Appended | Exception]:
        try:
            return await self._transact(requests)
        except Exception as error:  # noqa: BLE001 - each kind is told apart right here
            if is_outage(error) or isinstance(error, StoreUnavailableError):
                await self._drop_connection()
                return [StoreUnavailableError()] * len(requests)
            if len(requests) == 1:
                return [error]
        # One request's own fault (a read model's constraint, a check) must not fail its neighbours.
        return [(await self._round([request]))[0] for request in requests]

    async def _transact(self, requests: list[Append]) -> list[Appended | Exception]:
        try:
            return await self._write(requests)
        except RowsExistError as found:
            # Seldom: so the others are written again, rather than everybody's rows looked for each time.
            left = [request for number, request in enumerate(requests) if number not in found.numbers]
            results = iter(await self._transact(left) if left else ())
            return [RowsExistError() if number in found.numbers else next(results) for number in range(len(requests))]

    async def _write(self, requests: list[Append]) -> list[Appended | Exception]:
        if self.halted:
            raise LogHaltedError(reason=self.halted)
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        connection = self._connection
        results: list[Appended | Exception] = []
        written: list[Recorded[Event]] = []
        async with connection.transaction():
            rows = await connection.fetch(APPEND, *append_arguments(requests))
            for request, row in zip(requests, rows, strict=True):
                results.append(_result(row))
                if row["outcome"] == "appended" and request.entries:
                    written += _positioned(request.entries, row["first_position"])
            if written:
                for project in self._projections:
                    await project(connection, written)
            granted = [(number, each.rows) for number, each in enumerate(requests) if each.rows]
            await insert_rows(connection, [one for one in granted if rows[one[0]]["outcome"] == "appended"])
            for request, row in zip(requests, rows, strict=True):
                if row["outcome"] == "appended" and request.within:
                    await request.within(connection)
        self._committed(requests, results)
        self._tell(written)
        return results

    def _committed(self, requests: Sequence[Append], results: Sequence[Appended | Exception]) -> None:
        for request, result in zip(requests, results, strict=True):
            if isinstance(result, Appended):
                self._reached = max(self._reached, result.first_position + result.events - 1)
                if request.entries and not result.repeated:
                    self.recent.remember(request.entries, result.first_position)
                    self.appended.set()

    async def _connect(self) -> asyncpg.Connection:
        """A connection to a log that has not lost what was committed before.

        Raises:
            LogHaltedError: its end lies before what this process appended: an older backup was put in its place.
        """
        connection = await self._database.connect()
        if await connection.fetchval("select position from head") < self._reached:
            connection.terminate()
            self.halt(GONE_BACK)
            raise LogHaltedError(reason=GONE_BACK)
        return connection

    def halt(self, reason: str) -> None:
        """Stops every append, with an alarm: a person must look."""
        self.halted = reason
        self.compared.set()
        logger.critical("alarm", code=reason, service=self._database.service, position=self._reached)

    def _tell(self, written: Sequence[Recorded[Event]]) -> None:
        for listen in self._listeners:
            try:
                listen(written)
            except Exception:
                logger.exception("listener_failed")  # it is committed: no caller may be told otherwise

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()

    async def head(self) -> int:
        """The last position, 0 when nothing was appended yet."""
        async with self._database.reading() as connection:
            position: int = await connection.fetchval("select position from head")
            return position

    async def entries(self, *, after: int, most: int) -> list[Entry]:
        """Entries in the order of the log, from ``after`` (exclusive) on."""
        query = f"select {ENTRY_COLUMNS} from event where position > $1 order by position limit $2"
        async with self._database.reading() as connection:
            return [entry_from(row) for row in await connection.fetch(query, after, most)]

    async def streams(self, streams: Iterable[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        """The history of each stream asked for, oldest first; an empty one for a stream that does not exist."""
        histories: dict[UUID, list[Recorded[Event]]] = {stream: [] for stream in streams}
        query = f"select {ENTRY_COLUMNS} from event where stream = any($1::uuid[]) order by stream, version"
        async with self._database.reading() as connection:
            for row in await connection.fetch(query, list(histories)):
                entry = entry_from(row)
                histories[entry.stream].append(recorded_from(entry))
        return histories

    async def carried_out(self, command: UUID) -> list[Recorded[Event]] | None:
        """What a command led to, if it was carried out before."""
        query = f"""select {ENTRY_COLUMNS} from event, command where command.id = $1
            and position >= first_position and position < first_position + command.events order by position"""
        async with self._database.reading() as connection:
            if not await connection.fetchval("select true from command where id = $1", command):
                return None
            return [recorded_from(entry_from(row)) for row in await connection.fetch(query, command)]

    async def progress(self, upstream: str) -> Progress:
        """How far this service has followed another's log."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow("select * from tracking where upstream = $1", upstream)
        if row is None:
            return Progress(upstream=upstream, after=None, position=0)
        event = row["event_id"] and UUID(int=row["event_id"].int)
        return Progress(upstream=upstream, after=None, position=row["position"], event=event, leaf=row["leaf"])

    async def parked_cases(self, upstream: str) -> list[UUID]:
        """Cases of which an event of ``upstream`` waits to be digested."""
        async with self._database.reading() as connection:
            rows = await connection.fetch("select distinct case_id from parked where upstream = $1", upstream)
        return [UUID(int=row["case_id"].int) for row in rows if row["case_id"] is not None]

    async def parked_positions(self, upstream: str, case: UUID) -> list[int]:
        """Where a case's parked events stand in ``upstream``'s log, in order."""
        query = "select position from parked where upstream = $1 and case_id = $2 order by position"
        async with self._database.reading() as connection:
            return [row["position"] for row in await connection.fetch(query, upstream, case)]


def _told(index: int, request: Append, first: dict[UUID, int], results: dict[int, Appended | Exception]) -> bool:
    """Whether a request's command was carried out by another of the same batch: then it gets that one's result."""
    if request.command is None or request.progress is not None:
        return False
    result = results.get(first[request.command])
    if not isinstance(result, Appended):
        return False
    results[index] = replace(result, repeated=True)
    return True


def _keys(request: Append) -> set[Any]:
    keys: set[Any] = {entry.stream for entry in request.entries}
    if request.command:
        keys.add(("command", request.command))
    if request.progress:
        keys.add(("upstream", request.progress.upstream))
    return keys


def _result(row: Any) -> Appended | Exception:
    match row["outcome"]:
        case "conflict":
            return VersionConflictError()
        case "stale":
            return StaleProgressError()
        case outcome:
            first = row["first_position"] or 0
            return Appended(first_position=first, events=row["events"], repeated=outcome == "known")


def _positioned(entries: Sequence[Entry], first: int) -> list[Recorded[Event]]:
    """The events a projection gets; entries that were not made from an event (a recorder's) have none."""
    return [entry.typed.at(position) for position, entry in enumerate(entries, start=first) if entry.typed is not None]
