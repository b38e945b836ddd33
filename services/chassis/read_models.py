"""What a service can show: tables that events fill, and that can be filled again from the logs at any time."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg

from events.contract import Event
from services.chassis.entry import Entry, recorded_from
from services.chassis.log import Projection
from services.chassis.reacting import Digested

Statement = tuple[str, Sequence[Any]]
"""What writes a batch's rows into one table, and its arguments. It may be carried out again: a transaction that it
shares with others is repeated when one of them fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How one log's events fill the tables. ``reads`` names the events it looks at; none means every event.

    ``place`` instead of ``project``: it says what is to be written before there is a transaction, and opens only
    those entries that do not say everything by their name and place. ``bare``: it looks at nothing but an entry's
    case and position, so that a rebuild reads nothing else.
    """

    project: Projection | None = None
    reads: tuple[type[Event], ...] = ()
    place: Callable[[Sequence[Entry]], Sequence[Statement]] | None = None
    bare: bool = False

    async def apply(self, connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        """Fills the tables from a batch of the log.

        Raises:
            UnreadableEventError: an entry is not what its event's definition says.
        """
        if self.place is not None:
            await write(connection, self.place(entries))
        if self.project is not None:
            await self.project(connection, [recorded_from(entry) for entry in entries])

    async def follow(self, entries: Sequence[Entry]) -> Digested:
        """Fills them as another service's events come in: a follower's digest that decides nothing.

        Raises:
            UnreadableEventError: an entry is not what its event's definition says.
        """
        names = {event.NAME for event in self.reads}
        wanted = [entry for entry in entries if entry.name in names] if names else entries
        if self.place is None or not wanted:
            return Digested()
        return Digested(within=partial(write, statements=self.place(wanted)))


def both(*fills: Fill) -> Callable[[Sequence[Entry]], Awaitable[Digested]]:
    """A digest of several that follow one log: each writes its own tables, in one transaction."""

    async def follow(entries: Sequence[Entry]) -> Digested:
        found = [digested.within for fill in fills if (digested := await fill.follow(entries)).within is not None]

        async def within(connection: asyncpg.Connection) -> None:
            for write_one in found:
                await write_one(connection)

        return Digested(within=within) if found else Digested()

    return follow


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """Tables of a service's schema, with what fills them by the name of the log it comes from.

    Whatever depends on the order of events comes from one log: between two logs the only order is causation.
    """

    tables: tuple[str, ...]
    fills: Mapping[str, Fill]


async def write(connection: asyncpg.Connection, statements: Iterable[Statement]) -> None:
    """Carries the statements out, in their order."""
    for statement, arguments in statements:
        await connection.execute(statement, *arguments)


def columns(rows: Iterable[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Rows as the arrays that ``unnest`` makes rows of again: one statement a batch, not one a row."""
    return tuple(zip(*rows, strict=True))
