"""A service's reactions as a table: which fact of another service leads to which of its functions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from events.contract import Event, Recorded
from services.chassis.clock import Clock
from services.chassis.entry import Entry, recorded_from
from services.chassis.log import Log
from services.chassis.workspace import Workspace

Reaction = Callable[[Recorded[Any], Workspace], None]
"""Pure: a fact in; what it decides is recorded in the workspace."""

Prepare = Callable[[Sequence[Recorded[Event]], Workspace], Awaitable[None]]
"""Reads, in one go for a whole batch, what the reactions will need: streams and keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digested:
    """What a batch of another's entries leads to: entries of our own, and rows in the same transaction."""

    entries: Sequence[Entry] = ()
    within: Callable[[asyncpg.Connection], Awaitable[None]] | None = None


Digest = Callable[[Sequence[Entry]], Awaitable[Digested]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """Turns batches of entries into decisions. Facts that are not in the table are passed over unread."""

    log: Log
    clock: Clock
    table: Mapping[type[Event], Sequence[Reaction]]
    prepare: Prepare | None = None
    beside: Digest | None = None
    """Writes rows that the same facts fill, in the same transaction; it records nothing."""

    async def __call__(self, entries: Sequence[Entry]) -> Digested:
        """Reacts to each fact of the batch in order; later ones see what earlier ones recorded."""
        wanted = {event.NAME: event for event in self.table}
        facts = [recorded_from(entry) for entry in entries if entry.name in wanted]
        within = None if self.beside is None else (await self.beside(entries)).within
        if not facts:
            return Digested(within=within)
        workspace = Workspace(self.log, self.clock)
        if self.prepare is not None:
            await self.prepare(facts, workspace)
        for fact in facts:
            for react in self.table[wanted[fact.event.NAME]]:
                react(fact, workspace)
        return Digested(entries=workspace.entries, within=within)
