"""Read models: tables that events fill, and that can be filled again from the logs at any time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg

from events.contract import Event
from services.chassis.eventlog.append import Projection
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.reactions import BatchHandler, HandledBatch

Statement = tuple[str, Sequence[Any]]
"""SQL that writes a batch's rows into one table, and its arguments. It may run more than once: the transaction that
it shares with others is repeated when one of them fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projector:
    """How one log's events fill the tables. ``reads`` names the events that it needs; empty means every event.

    ``place`` is used instead of ``project`` to prepare the statements before the transaction begins; it decodes only
    the entries whose state it needs. ``positions_only``: it uses nothing but an entry's case and position, so
    that a rebuild reads nothing else.
    """

    project: Projection | None = None
    reads: tuple[type[Event], ...] = ()
    place: Callable[[Sequence[LogEntry]], Sequence[Statement]] | None = None
    positions_only: bool = False

    async def apply(self, connection: asyncpg.Connection, entries: Sequence[LogEntry]) -> None:
        """Fills the tables from a batch of the log.

        Raises:
            UnreadableEventError: an entry is not what its event's definition says.
        """
        if self.place is not None:
            await write(connection, self.place(entries))
        if self.project is not None:
            await self.project(connection, [decode(entry) for entry in entries])

    async def follow(self, entries: Sequence[LogEntry]) -> HandledBatch:
        """Handles a batch of another service's entries: fills the tables and decides nothing.

        Raises:
            UnreadableEventError: an entry is not what its event's definition says.
        """
        names = {event.NAME for event in self.reads}
        wanted = [entry for entry in entries if entry.name in names] if names else entries
        if self.place is None or not wanted:
            return HandledBatch()
        return HandledBatch(in_transaction=partial(write, statements=self.place(wanted)))


def combine(*fills: Projector) -> BatchHandler:
    """Makes one batch handler of several projectors of one log: all rows of a batch go into one transaction."""

    async def handle(entries: Sequence[LogEntry]) -> HandledBatch:
        found = [await fill.follow(entries) for fill in fills]
        wanted = [one.in_transaction for one in found if one.in_transaction is not None]

        async def in_transaction(connection: asyncpg.Connection) -> None:
            for write_rows in wanted:
                await write_rows(connection)

        return HandledBatch(in_transaction=in_transaction if wanted else None)

    return handle


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """Tables of a service's schema, with the projectors that fill them by the name of the log they read.

    Rows that depend on the order of events come from one log: between two logs the only order is causation.
    """

    tables: tuple[str, ...]
    fills: Mapping[str, Projector]
    version: int = 1
    """One more with every change that gives other rows: tables that another version filled are known to be stale."""

    @property
    def name(self) -> str:
        """The name under which its version is recorded: its first table's."""
        return self.tables[0]


def versions_of(models: Iterable[ReadModel]) -> Mapping[str, int]:
    """The version of each model by its name."""
    return {model.name: model.version for model in models}


async def write(connection: asyncpg.Connection, statements: Iterable[Statement]) -> None:
    """Executes the statements in their order."""
    for statement, arguments in statements:
        await connection.execute(statement, *arguments)


def columns(rows: Iterable[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Turns rows into columns for ``unnest``: one statement for a batch instead of one for each row."""
    return tuple(zip(*rows, strict=True))
