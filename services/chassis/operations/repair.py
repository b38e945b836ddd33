"""Completes a log that was restored from an older backup, from its stream.

The stream has the entries that the backup lacks, up to the last one copied before the disaster. They are read back
and appended, each at its old position, with the ids of their commands, so that a shelter that repeats a command gets
its first answer. Nothing is ever removed from the stream.

What would be imported is listed first, and a person decides: ``plan`` changes nothing. Only what the log's owner has
sealed is imported; what an earlier version published without a seal only on explicit demand, because anybody who could
write into the stream can imitate it (ADR 0033).

Afterwards each follower's position is set to the last upstream event that the imported entries are effects of. The
effects of that event may have been copied only in part: it is handled again on the state of that moment, which gives
the same ids, and the missing entries are appended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.sealed import Box
from services.chassis.eventlog.append import Append, Progress
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.reactions import Reactions
from services.chassis.eventlog.upstream import Upstream
from services.chassis.operations.repair_plan import Plan, plan_of
from services.chassis.operations.stream_reader import ForkedError, StreamCopy
from services.chassis.vault.keyring import Keyring


@dataclass(frozen=True, slots=True)
class LostBox:
    """A box sealed with a key that the backup did not have: it can no longer be opened."""

    position: int
    case: UUID | None
    event: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The result of a repair. ``completed``: entries added to a last reaction that was copied in part."""

    imported: int
    completed: int
    lost: Sequence[LostBox]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The repair of one log; no process of its service may be running. ``follows``: the upstreams it reacts to."""

    log: Log
    copy: StreamCopy
    own: Upstream
    """The service's own log, looked up by event id."""
    follows: Sequence[tuple[Upstream, Reactions]]
    keyring: Keyring | None

    async def plan(self) -> Plan:
        """Finds the entries that only the stream has. Changes nothing.

        Raises:
            ForkedError: log and stream have different histories: a person must decide.
        """
        return await plan_of(self.log, self.copy)

    async def run(self, plan: Plan, *, unsealed: bool = False) -> Repaired:
        """Imports the entries of a plan, with ``unsealed`` also those that nobody vouches for.

        Raises:
            ForkedError: somebody has written to the log meanwhile.
        """
        imported = [replace(one, typed=decode(one)) for one in plan.importable(unsealed=unsealed)]
        events = await self.own.positions(_causes(imported))
        places = {upstream.service: await upstream.positions(_causes(imported)) for upstream, _ in self.follows}
        for known in places.values():
            events.update(known)
        for cause, run in _runs(imported):
            await self._append(run, None if cause in events else cause)
        completed = sum([await self._complete(up, do, places[up.service], imported) for up, do in self.follows])
        return Repaired(imported=len(imported), completed=completed, lost=await self._lost(imported))

    async def _append(self, run: list[LogEntry], command: UUID | None) -> None:
        done = await self.log.append(Append(entries=run, command=command))
        if done.repeated or done.first_position != run[0].position:
            raise ForkedError(self.own.service, run[0].position)

    async def _complete(
        self, upstream: Upstream, reactions: Reactions, places: dict[UUID, int], imported: Sequence[LogEntry]
    ) -> int:
        """Sets the follower to the last upstream event that had an effect here, and appends its missing effects."""
        progress = await self.log.progress(upstream.service)
        last = max(places.values(), default=0)
        if last <= progress.position:
            return 0
        (cause,) = await upstream.between(last, last)
        first = next(entry.position for entry in imported if _typed(entry).cause == cause.id)
        handled = await replace(reactions, log=_LogBefore(self.log, first))([cause])
        present = {entry.id for entry in imported}
        missing = [entry for entry in handled.entries if entry.id not in present]
        done = Progress(
            upstream=upstream.service,
            after=progress.position,
            position=last,
            event=cause.id,
            leaf_hash=cause.leaf_hash(),
        )
        await self.log.append(Append(entries=missing, progress=done, in_transaction=handled.in_transaction))
        return len(missing)

    async def _lost(self, imported: Sequence[LogEntry]) -> list[LostBox]:
        """Boxes whose keys were made after the backup."""
        boxes = [
            (entry, name, box)
            for entry in imported
            for name in type(_typed(entry).event).model_fields
            if isinstance(box := getattr(_typed(entry).event, name), Box)
        ]
        keys = {} if self.keyring is None else await self.keyring.load({box.key for _, _, box in boxes})
        return [
            LostBox(entry.position, entry.case, entry.name, name) for entry, name, box in boxes if box.key not in keys
        ]


class _LogBefore(Log):
    """A log as it was before a position, for handling an upstream event again."""

    def __init__(self, log: Log, position: int) -> None:
        super().__init__(log._database)  # noqa: SLF001 - the same log up to a position
        self._whole = log
        self._end = position

    async def streams(self, streams: Iterable[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        found = await self._whole.streams(streams)
        return {stream: [fact for fact in facts if fact.position < self._end] for stream, facts in found.items()}


def _typed(entry: LogEntry) -> Recorded[Any]:
    assert entry.typed is not None  # noqa: S101 - run() filled it in
    return entry.typed


def _causes(entries: Iterable[LogEntry]) -> set[UUID]:
    return {cause for entry in entries if (cause := _typed(entry).cause) is not None}


def _runs(entries: Sequence[LogEntry]) -> Iterable[tuple[UUID | None, list[LogEntry]]]:
    """Groups neighbouring entries by their common cause: each group was one append."""
    return ((cause, list(run)) for cause, run in groupby(entries, key=lambda entry: _typed(entry).cause))
