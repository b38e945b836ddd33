"""A log as it should be: the rules in memory, one request after the other, to hold the real one against."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from itertools import permutations
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg

from services.chassis.errors import StaleProgressError, StoreUnavailableError, VersionConflictError
from services.chassis.eventlog.append import Appended, Progress
from services.chassis.eventlog.log_entry import LogEntry

Told: TypeAlias = Appended | type[BaseException]
"""What a caller is told: where it went, or which refusal."""

Unknown = Literal["kept", "undone"]
"""What became of the requests whose callers were told that the store was unavailable."""


class Mishap(Exception):  # noqa: N818 - what happens to somebody
    """What goes with an append has failed."""


class Disagreement(AssertionError):  # noqa: N818 - what there is between the two
    """The log is not as the model says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one caller asks for. ``note`` is written with it, never twice; with ``fails`` that comes to nothing."""

    entries: tuple[LogEntry, ...]
    command: UUID | None = None
    progress: Progress | None = None
    note: int | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """All that can be seen of a log."""

    head: int
    entries: list[LogEntry]
    streams: dict[UUID, list[tuple[int, UUID]]]
    """Version and id of each stream's entries."""
    carried_out: dict[UUID, list[UUID] | None]
    progress: int
    notes: list[int]

    def differs(self, other: "Seen") -> list[str]:
        """In what."""
        return [one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name)]


@dataclass
class Model:
    """The log from ``start`` on, which is where its head was when the model was made."""

    start: int
    entries: list[LogEntry] = field(default_factory=list)
    commands: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    """First position and number of events."""
    progress: int | None = None
    notes: list[int] = field(default_factory=list)

    @property
    def head(self) -> int:
        """The last position."""
        return self.start + len(self.entries)

    def last(self, stream: UUID) -> int | None:
        """A stream's last version, ``None`` if it has none."""
        return max((each.originator_version for each in self.entries if each.stream == stream), default=None)

    def take(self, wanted: Wanted) -> Told:
        """Carries one request out, or refuses it and stays as it was."""
        if wanted.command in self.commands:
            first, count = self.commands[wanted.command]
            return Appended(first_position=first, events=count, repeated=True)
        if wanted.progress is not None and self._is_stale(wanted.progress):
            return StaleProgressError
        if not self._continues(wanted.entries):
            return VersionConflictError
        if wanted.note in self.notes:
            refusal: Told = asyncpg.UniqueViolationError
            return refusal
        if wanted.fails:
            return Mishap
        return self._append(wanted)

    def _append(self, wanted: Wanted) -> Appended:
        first = self.head + 1
        self.entries += [replace(each, position=first + n) for n, each in enumerate(wanted.entries)]
        if wanted.command is not None:
            self.commands[wanted.command] = first, len(wanted.entries)
        if wanted.progress is not None:
            self.progress = wanted.progress.position
        if wanted.note is not None:
            self.notes.append(wanted.note)
        return Appended(first_position=first, events=len(wanted.entries), repeated=False)

    def _is_stale(self, progress: Progress) -> bool:
        if progress.after is None:
            return self.progress is not None and progress.position <= self.progress
        return progress.after != (self.progress or 0)

    def _continues(self, entries: Sequence[LogEntry]) -> bool:
        """Each entry is its stream's next; a new stream may begin with 0 or 1."""
        last: dict[UUID, int | None] = {each.stream: self.last(each.stream) for each in entries}
        for each in entries:
            before, version = last[each.stream], each.originator_version
            if version not in ((0, 1) if before is None else (before + 1,)):
                return False
            last[each.stream] = version
        return True

    def seen(self, streams: Sequence[UUID], commands: Sequence[UUID]) -> Seen:
        """What should be seen of it."""
        return Seen(
            head=self.head,
            entries=self.entries,
            streams={
                stream: [(each.originator_version, each.id) for each in self.entries if each.stream == stream]
                for stream in streams
            },
            carried_out={command: self._led_to(command) for command in commands},
            progress=self.progress or 0,
            notes=sorted(self.notes),
        )

    def _led_to(self, command: UUID) -> list[UUID] | None:
        if command not in self.commands:
            return None
        first, count = self.commands[command]
        return [each.id for each in self.entries if first <= each.position < first + count]

    def after(
        self, requests: Sequence[Wanted], told: Sequence[Told], seen: Seen | None, unknown: Unknown | None
    ) -> "Model":
        """The model after requests that were made at once: in some order each was told what the model tells it.

        ``seen`` is what was seen then; of a single request it says nothing that the answer does not.

        Raises:
            Disagreement: there is no order that explains both the answers and what is seen afterwards.
        """
        for order in permutations(range(len(requests))):
            trial = deepcopy(self)
            explained = all(trial._explains(requests[n], told[n], unknown) for n in order)
            if explained and (seen is None or trial.seen(list(seen.streams), list(seen.carried_out)) == seen):
                return trial
        raise Disagreement(f"no order of the requests explains these answers and what is seen then: {list(told)}")

    def _explains(self, wanted: Wanted, told: Told, unknown: Unknown | None) -> bool:
        if told is not StoreUnavailableError:
            return self.take(wanted) == told
        if unknown == "kept":
            self.take(wanted)
        return unknown is not None
