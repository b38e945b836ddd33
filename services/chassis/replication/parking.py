"""Parks the events that could not be handled, and every later one of their case: visible, and retryable in order."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import asyncpg

from services.chassis.clock import Clock
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.log_entry import LogEntry

if TYPE_CHECKING:
    from services.chassis.eventlog.log import Log


class ParkedCases(Protocol):
    """Decides what a service records when a case stops and starts again, so that people learn of it."""

    async def parked(self, entry: LogEntry) -> Sequence[LogEntry]:
        """What to append in the transaction that parks this entry, the first of its case."""

    async def released(self, case: UUID, *, set_aside: int | None = None) -> Sequence[LogEntry]:
        """What to append in the transaction that handles a case's parked entries, or all but the one set aside."""


class Parking:
    """The parked cases of one upstream. The rows hold no content: the upstream log has it."""

    def __init__(self, upstream: str, clock: Clock) -> None:
        """Parks events of ``upstream``."""
        self._upstream = upstream
        self._clock = clock
        self._cases: set[UUID] = set()

    def split(self, entries: Sequence[LogEntry]) -> tuple[Sequence[LogEntry], Sequence[LogEntry]]:
        """Splits entries into those that can be handled and those that must wait for earlier ones of their case."""
        if not self._cases:
            return entries, ()
        waiting = [entry for entry in entries if entry.case in self._cases]
        return [entry for entry in entries if entry.case not in self._cases], waiting

    @property
    def cases(self) -> Collection[UUID]:
        """The parked cases."""
        return tuple(self._cases)

    def remember(self, cases: Iterable[UUID | None]) -> None:
        """Marks cases as parked; called after the commit."""
        self._cases |= {case for case in cases if case is not None}

    def forget(self, case: UUID) -> None:
        """Marks a case as no longer parked; called after the commit."""
        self._cases.discard(case)

    async def load(self, log: "Log") -> None:
        """Reads which cases are parked."""
        self._cases = set(await log.parked_cases(self._upstream))

    async def unread(self, log: "Log") -> Sequence[UUID]:
        """The cases with an event that the program of then could not read."""
        return await log.unread_cases(self._upstream)

    async def positions(self, log: "Log", case: UUID) -> list[int]:
        """The positions of a case's parked events, in order."""
        return await log.parked_positions(self._upstream, case)

    async def put(
        self, connection: asyncpg.Connection, waiting: Sequence[tuple[LogEntry, str]], behind: Sequence[LogEntry] = ()
    ) -> None:
        """Writes parked events in the transaction that moves past them; ``behind``: those that wait for earlier ones.

        Raises:
            VersionConflictError: another process has handled those earlier ones meanwhile.
        """
        cases = {entry.case for entry in behind}
        if cases:
            query = "select count(distinct case_id) from parked where upstream = $1 and case_id = any($2::uuid[])"
            if await connection.fetchval(query, self._upstream, list(cases)) != len(cases):
                raise VersionConflictError
        if waiting:
            now = self._clock()
            await connection.executemany(
                "insert into parked (upstream, position, case_id, topic, reason, parked_at) values ($1,$2,$3,$4,$5,$6)",
                [(self._upstream, entry.position, entry.case, entry.topic, reason, now) for entry, reason in waiting],
            )

    async def release(self, connection: asyncpg.Connection, case: UUID, expected: int) -> None:
        """Deletes a case's parked events in the transaction that handles them.

        Raises:
            VersionConflictError: further events were parked meanwhile; handling these alone would skip them.
        """
        deleted = await connection.fetch(
            "delete from parked where upstream = $1 and case_id = $2 returning position", self._upstream, case
        )
        if len(deleted) != expected:
            raise VersionConflictError
