"""A service's reactions as a table: which event of another service leads to which of its functions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from events.contract import Event, Recorded
from services.chassis.clock import Clock
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.unit_of_work import UnitOfWork

Reaction = Callable[[Recorded[Any], UnitOfWork], None]
"""A pure function: takes another service's event and records its decisions in the unit of work."""

Prepare = Callable[[Sequence[Recorded[Event]], UnitOfWork], Awaitable[None]]
"""Loads the streams and keys that the reactions to a whole batch will need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledBatch:
    """The effects of a batch of another service's entries: own entries, and rows in the same transaction."""

    entries: Sequence[LogEntry] = ()
    in_transaction: Callable[[asyncpg.Connection], Awaitable[None]] | None = None


BatchHandler = Callable[[Sequence[LogEntry]], Awaitable[HandledBatch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """Turns batches of entries into decisions. Entries of events that are not in the table are skipped undecoded."""

    log: Log
    clock: Clock
    table: Mapping[type[Event], Sequence[Reaction]]
    prepare: Prepare | None = None
    also: BatchHandler | None = None
    """Another handler of the same batch: writes rows in the same transaction and records no events."""

    async def __call__(self, entries: Sequence[LogEntry]) -> HandledBatch:
        """Reacts to each fact of the batch in order; later ones see what earlier ones recorded."""
        wanted = {event.NAME: event for event in self.table}
        facts = [decode(entry) for entry in entries if entry.name in wanted]
        in_transaction = None if self.also is None else (await self.also(entries)).in_transaction
        if not facts:
            return HandledBatch(in_transaction=in_transaction)
        work = UnitOfWork(self.log, self.clock)
        if self.prepare is not None:
            await self.prepare(facts, work)
        for fact in facts:
            for react in self.table[wanted[fact.event.NAME]]:
                react(fact, work)
        return HandledBatch(entries=work.entries, in_transaction=in_transaction)
