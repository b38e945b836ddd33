"""Events that could not be digested, and every later one of the same case: visible, and retryable in order."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from services.chassis.clock import Clock
from services.chassis.entry import Entry
from services.chassis.errors import VersionConflictError

if TYPE_CHECKING:
    from services.chassis.log import Log


class Parking:
    """Which cases wait, for one upstream. The rows hold no content: the upstream log has it."""

    def __init__(self, upstream: str, clock: Clock) -> None:
        """Parks events of ``upstream``."""
        self._upstream = upstream
        self._clock = clock
        self._cases: set[UUID] = set()

    def split(self, entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
        """Entries that can be digested, and those that must wait for earlier ones of their case."""
        if not self._cases:
            return entries, ()
        waiting = [entry for entry in entries if entry.case in self._cases]
        return [entry for entry in entries if entry.case not in self._cases], waiting

    def remember(self, cases: Iterable[UUID | None]) -> None:
        """After the commit: these cases wait from now on."""
        self._cases |= {case for case in cases if case is not None}

    def forget(self, case: UUID) -> None:
        """After the commit: this case goes on."""
        self._cases.discard(case)

    async def load(self, log: "Log") -> None:
        """Reads which cases wait."""
        self._cases = set(await log.parked_cases(self._upstream))

    async def positions(self, log: "Log", case: UUID) -> list[int]:
        """The positions of a case's parked events, in order."""
        return await log.parked_positions(self._upstream, case)

    async def put(self, connection: asyncpg.Connection, waiting: Sequence[tuple[Entry, str]]) -> None:
        """Writes parked events in the transaction that moves past them."""
        if waiting:
            now = self._clock()
            await connection.executemany(
                "insert into parked (upstream, position, case_id, topic, reason, parked_at) values ($1,$2,$3,$4,$5,$6)",
                [(self._upstream, entry.position, entry.case, entry.topic, reason, now) for entry, reason in waiting],
            )

    async def release(self, connection: asyncpg.Connection, case: UUID, expected: int) -> None:
        """Removes a case's parked events in the transaction that handled them.

        Raises:
            VersionConflictError: others were parked meanwhile; handling these alone would skip them.
        """
        deleted = await connection.fetch(
            "delete from parked where upstream = $1 and case_id = $2 returning position", self._upstream, case
        )
        if len(deleted) != expected:
            raise VersionConflictError
