"""The requests that a log takes, and its results."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.side_rows import Rows

Projection = Callable[[asyncpg.Connection, Sequence[Recorded[Event]]], Awaitable[None]]
"""Writes a service's read models in the transaction of an append; gets the new events in their order."""


Listener = Callable[[Sequence[Recorded[Event]]], None]
"""Called with events after they were committed. It may only wake a task up: it must not block or write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A follower's step from position ``after`` to ``position`` of ``upstream``'s log.

    ``event`` and ``leaf_hash`` are those of the entry at ``position``: the follower compares them when it starts again.
    """

    upstream: str
    after: int | None
    position: int
    event: UUID | None = None
    leaf_hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """One request: all of it is committed, or nothing.

    ``side_rows`` are inserted with the events; ``RowsExistError`` if one exists already. A command that was carried
    out before inserts none. ``in_transaction`` runs in the same transaction once the append was granted; if it
    fails, the append is rolled back.
    """

    entries: Sequence[LogEntry] = ()
    command: UUID | None = None
    progress: Progress | None = None
    side_rows: Rows = field(default_factory=dict)
    in_transaction: Callable[[asyncpg.Connection], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The positions that an append got. ``repeated``: the command was carried out before; this is its first result."""

    first_position: int
    events: int
    repeated: bool
