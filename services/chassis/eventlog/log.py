"""The append-only log of one service: optimistic concurrency, command ids, positions without gaps.

Concurrent appends share one transaction (see ``group_commit``). A conflict is answered to its own
caller and never aborts the others. Read models are written in the same transaction, after the counter
row is locked: every writer locks the counter first and everything else after it, so that nothing
deadlocks and a read model sees events in the order of the log.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from events.contract import MAX_STATE_BYTES, Event, Recorded
from services.chassis.database import Database, is_outage
from services.chassis.errors import (
    EntryTooLargeError,
    LogHaltedError,
    StaleProgressError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.eventlog.append import Append, Appended, Listener, Projection
from services.chassis.eventlog.group_commit import GroupCommit
from services.chassis.eventlog.log_entry import EntryMapper, LogEntry
from services.chassis.eventlog.log_reader import LogReader
from services.chassis.eventlog.observing import Observer
from services.chassis.eventlog.recent_entries import RecentEntries
from services.chassis.eventlog.side_rows import RowsExistError, insert_rows
from services.chassis.eventlog.sql import APPEND, append_arguments
from services.chassis.security.current import recorded

logger = structlog.get_logger(__name__)


MAPPER = EntryMapper()

LOST_ITS_END = "log_lost_its_end"
"""Alarm code: the log ends before what was committed to it, because an older backup replaced it."""

COMPARISON_TIMEOUT = 3.0
"""Seconds that the first append waits for the relay to compare the log with its stream."""


class Log(LogReader):
    """A service's log. Appends go through one task and one connection, reads through the pool."""

    def __init__(
        self,
        database: Database,
        *,
        projections: Sequence[Projection] = (),
        listeners: Sequence[Listener] = (),
    ) -> None:
        """The projections run in every append's transaction, the listeners after its commit."""
        super().__init__(database)
        self._listeners = tuple(listeners)
        self._projections = tuple(projections)
        self._connection: asyncpg.Connection | None = None
        self._group: GroupCommit[Append, Appended] = GroupCommit(self._commit)
        self.appended = asyncio.Event()
        """Set after every commit that added entries; the relay clears it before it reads."""
        self.halted: str | None = None
        """The alarm code that stops every append; ``None``: appends are allowed."""
        self.compared = asyncio.Event()
        """Set once the relay has compared the log with its stream, or has halted it."""
        self._reached = 0
        self.observer = Observer()
        """Measures the appends."""
        self.recent = RecentEntries()
        """The entries that this process appended last."""

    def listen(self, listener: Listener) -> None:
        """Adds a listener that is called after each commit."""
        self._listeners = (*self._listeners, listener)

    def start(self, *, compare_first: bool = False) -> None:
        """Starts the writer.

        With ``compare_first`` nothing is appended before the relay has compared the log with its stream, so that
        nothing is added to a log from an older backup; without NATS it waits ``COMPARISON_TIMEOUT`` seconds at most.
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
            StaleProgressError: another process of this service has followed further.
            RowsExistError: one of its side rows exists already.
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
        entries = self.observer.appending(request.entries)
        if entries is not request.entries:
            request = replace(request, entries=entries)
        result = await self._group.submit(request)
        if entries:
            recorded(self._database.service, result.first_position, result.events)
        return result

    async def _compared(self) -> None:
        """Waits for the comparison, but not for long: accepting a case without NATS matters more."""
        if not self.compared.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(COMPARISON_TIMEOUT):
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
            remaining = [
                (index, request) for index, request in later if not _repeats_one_of(index, request, first, results)
            ]
        return [results[index] for index in range(len(batch))]

    async def _round(self, requests: list[Append]) -> list[Appended | Exception]:
        try:
            return await self._transact(requests)
        except Exception as error:  # noqa: BLE001 - each kind is distinguished here
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
            # Rare, so the other requests are written again instead of looking for existing rows each time.
            left = [request for number, request in enumerate(requests) if number not in found.numbers]
            results = iter(await self._transact(left) if left else ())
            return [RowsExistError() if number in found.numbers else next(results) for number in range(len(requests))]

    async def _write(self, requests: list[Append]) -> list[Appended | Exception]:
        if self.halted:
            raise LogHaltedError(reason=self.halted)
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        connection, begun = self._connection, perf_counter()
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
            granted = [(number, each.side_rows) for number, each in enumerate(requests) if each.side_rows]
            await insert_rows(connection, [one for one in granted if rows[one[0]]["outcome"] == "appended"])
            for request, row in zip(requests, rows, strict=True):
                if row["outcome"] == "appended" and request.in_transaction:
                    await request.in_transaction(connection)
        self.observer.committed(len(requests), perf_counter() - begun)
        self._committed(requests, results)
        self._notify(written)
        return results

    def _committed(self, requests: Sequence[Append], results: Sequence[Appended | Exception]) -> None:
        for request, result in zip(requests, results, strict=True):
            if isinstance(result, Appended):
                self._reached = max(self._reached, result.first_position + result.events - 1)
                if request.entries and not result.repeated:
                    self.recent.remember(request.entries, result.first_position)
                    self.appended.set()

    async def _connect(self) -> asyncpg.Connection:
        """Connects, and checks that the log still has everything that this process appended.

        Raises:
            LogHaltedError: the log ends before what this process appended, because an older backup replaced it.
        """
        connection = await self._database.connect()
        try:
            position: int = await connection.fetchval("select position from head")
        except BaseException:  # also a cancellation: the service stops while its first append connects
            connection.terminate()
            raise
        if position < self._reached:
            connection.terminate()
            self.halt(LOST_ITS_END)
            raise LogHaltedError(reason=LOST_ITS_END)
        return connection

    def halt(self, reason: str) -> None:
        """Stops every append and logs an alarm for the operator."""
        self.halted = reason
        self.compared.set()
        logger.critical("alarm", code=reason, service=self._database.service, position=self._reached)

    def _notify(self, written: Sequence[Recorded[Event]]) -> None:
        for listen in self._listeners:
            try:
                listen(written)
            except Exception:
                logger.exception("listener_failed")  # the events are committed, so no caller may get an error

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()


def _repeats_one_of(
    index: int, request: Append, first: dict[UUID, int], results: dict[int, Appended | Exception]
) -> bool:
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


def _positioned(entries: Sequence[LogEntry], first: int) -> list[Recorded[Event]]:
    """The events a projection gets; entries that were not made from an event (e.g. a test's) have none."""
    return [entry.typed.at(position) for position, entry in enumerate(entries, start=first) if entry.typed is not None]
