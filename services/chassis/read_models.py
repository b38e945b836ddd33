"""What a service can show: tables that events fill, and that can be filled again from the logs at any time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from events.contract import Event
from services.chassis.entry import Entry, recorded_from
from services.chassis.log import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How one log's events fill the tables. ``reads`` names the events it looks at; none means every event.

    ``place`` instead of ``project``: the table is made of where events stand, and they need not be opened.
    """

    project: Projection | None = None
    reads: tuple[type[Event], ...] = ()
    place: Callable[[asyncpg.Connection, Sequence[Entry]], Awaitable[None]] | None = None

    async def apply(self, connection: asyncpg.Connection, entries: Sequence[Entry]) -> None:
        """Fills the tables from a batch of the log.

        Raises:
            UnreadableEventError: an entry is not what its event's definition says.
        """
        if self.place is not None:
            await self.place(connection, entries)
        if self.project is not None:
            await self.project(connection, [recorded_from(entry) for entry in entries])


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """Tables of a service's schema, with what fills them by the name of the log it comes from.

    Whatever depends on the order of events comes from one log: between two logs the only order is causation.
    """

    tables: tuple[str, ...]
    fills: Mapping[str, Fill]
