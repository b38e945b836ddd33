"""Brings a log that was restored from an older backup up to its stream again.

The stream still holds what the backup lacks: everything that was copied before the disaster. It is read back
and appended, entry by entry at its old position, with the commands that led to it, so that a shelter that
sends again gets its first answer. Nothing is ever taken out of the stream.

Afterwards each follower stands where its own imported effects say that it had come. The last of them may have
been copied only in part: it is decided again on what was known then, which gives the same ids, and what is
missing is added.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.sealed import Box
from services.chassis.entry import Entry, recorded_from
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log, Progress
from services.chassis.reacting import Reactions
from services.chassis.stream_copy import ForkedError, StreamCopy
from services.chassis.upstream import Upstream


@dataclass(frozen=True, slots=True)
class LostBox:
    """What was sealed with a key that the backup did not have: nobody can open it any more."""

    position: int
    case: UUID | None
    event: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What a repair did to one log. ``completed``: entries added to a last, half-copied reaction."""

    imported: int
    completed: int
    lost: Sequence[LostBox]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One log's repair; no process of its service may be running. ``follows``: the upstreams it reacts to."""

    log: Log
    copy: StreamCopy
    own: Upstream
    """The service's own log, looked up by event id."""
    follows: Sequence[tuple[Upstream, Reactions]]
    keyring: Keyring | None

    async def run(self) -> Repaired:
        """Imports the stream's tail.

        Raises:
            ForkedError: log and stream are two histories; nothing was changed, a person must decide.
        """
        head, last = await self.log.head(), await self.copy.last()
        await self._same_history(min(head, last))
        imported = [replace(one, typed=recorded_from(one)) async for one in self.copy.entries(head + 1, last)]
        events = await self.own.positions(_causes(imported))
        places = {upstream.service: await upstream.positions(_causes(imported)) for upstream, _ in self.follows}
        for known in places.values():
            events.update(known)
        for cause, run in _runs(imported):
            await self._append(run, None if cause in events else cause)
        completed = sum([await self._complete(up, do, places[up.service], imported) for up, do in self.follows])
        return Repaired(imported=len(imported), completed=completed, lost=await self._lost(imported))

    async def _same_history(self, position: int) -> None:
        """Where both end at the latest, they must have the same."""
        if position:
            (ours,) = await self.log.entries(after=position - 1, most=1)
            async for theirs in self.copy.entries(position, position):
                if theirs.leaf() != ours.leaf():
                    raise ForkedError(self.own.service, position)

    async def _append(self, run: list[Entry], command: UUID | None) -> None:
        done = await self.log.append(Append(entries=run, command=command))
        if done.repeated or done.first_position != run[0].position:
            raise ForkedError(self.own.service, run[0].position)

    async def _complete(
        self, upstream: Upstream, reactions: Reactions, places: dict[UUID, int], imported: Sequence[Entry]
    ) -> int:
        """Moves the follower to the last upstream event that had an effect here, and adds what that one lacks."""
        progress = await self.log.progress(upstream.service)
        last = max(places.values(), default=0)
        if last <= progress.position:
            return 0
        (cause,) = await upstream.between(last, last)
        first = next(entry.position for entry in imported if _typed(entry).cause == cause.id)
        digested = await replace(reactions, log=_LogBefore(self.log, first))([cause])
        present = {entry.id for entry in imported}
        missing = [entry for entry in digested.entries if entry.id not in present]
        done = Progress(
            upstream=upstream.service, after=progress.position, position=last, event=cause.id, leaf=cause.leaf()
        )
        await self.log.append(Append(entries=missing, progress=done, within=digested.within))
        return len(missing)

    async def _lost(self, imported: Sequence[Entry]) -> list[LostBox]:
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
    """A log as it was before a position; what the reaction of then is decided on again."""

    def __init__(self, log: Log, position: int) -> None:
        self._whole = log
        self._end = position

    async def streams(self, streams: Iterable[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        found = await self._whole.streams(streams)
        return {stream: [fact for fact in facts if fact.position < self._end] for stream, facts in found.items()}


def _typed(entry: Entry) -> Recorded[Any]:
    assert entry.typed is not None  # noqa: S101 - run() filled it in
    return entry.typed


def _causes(entries: Iterable[Entry]) -> set[UUID]:
    return {cause for entry in entries if (cause := _typed(entry).cause) is not None}


def _runs(entries: Sequence[Entry]) -> Iterable[tuple[UUID | None, list[Entry]]]:
    """What was appended on one account: entries that follow each other and share their cause."""
    return ((cause, list(run)) for cause, run in groupby(entries, key=lambda entry: _typed(entry).cause))
