"""Compares on request: a part of a log at once, or one entry with what its stream has kept."""

from dataclasses import dataclass

from events.contract import UnknownEventError, UnreadableEventError
from events.vocabulary import AuditView
from services.audit.ledger.queries import leaf_hashes, tree_size
from services.audit.prose import describe
from services.audit.readings.commands import AuditReadings
from services.audit.tampering.domain import differences
from services.audit.tampering.queries import compared, entry_at, outside
from services.audit.tampering.schemas import Comparison, EntryComparison, FoundDifference, SaidThere
from services.audit.trace.stream_copies import StreamCopies, StreamUnreadableError
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log_entry import LogEntry, decode

MAX_COUNT = 20_000
"""Positions that one request compares: less than a second."""
STEP = 2_000


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compares logs with what was sealed of them."""

    database: Database
    copies: StreamCopies
    readings: AuditReadings

    async def part(self, log: str, first: int, count: int) -> Comparison:
        """Compares ``count`` positions of a log from ``first`` on, as far as it is sealed."""
        suspects = []
        async with self.database.reading() as connection:
            size = await tree_size(connection, log)
            last = min(first + count - 1, size)
            if first == 1:
                suspects += await outside(connection, log)
            for begin in range(first, last + 1, STEP):
                suspects += (await compared(connection, log, begin, min(STEP, last - begin + 1))).suspects
        return Comparison.model_validate(
            {
                "log": log,
                "first": first,
                "last": max(last, first - 1),
                "size": size,
                "next": last + 1 if last < size else None,
                "differences": [FoundDifference.of(one) for one in differences(log, suspects)],
            }
        )

    async def entry(self, log: str, position: int, by: Principal) -> EntryComparison:
        """One position: what was sealed, what is there now, and what the stream has kept of it.

        It shows an event of a case, so that it is recorded as a look at that case's history.

        Raises:
            NotFoundError: nothing was ever there.
        """
        async with self.database.reading() as connection:
            leaves = await leaf_hashes(connection, log, position, 1)
            entry = await entry_at(connection, log, position)
        sealed, found = leaves[0] if leaves else None, None if entry is None else entry.leaf_hash()
        if sealed is None and found is None:
            raise NotFoundError
        copy = None if sealed is None else await self._copy(log, position, sealed)
        for case in sorted({one.case for one in (entry, copy) if one is not None and one.case is not None}):
            await self.readings.record(AuditView.HISTORY, by, case=case)
        return EntryComparison.model_validate(
            {
                "log": log,
                "position": position,
                "agrees": None if sealed is None else sealed == found,
                "sealed": None if sealed is None else sealed.hex(),
                "found": None if found is None else found.hex(),
                "now": None if entry is None else said(entry),
                "as_sealed": None if copy is None else said(copy),
            }
        )

    async def _copy(self, log: str, position: int, sealed: bytes) -> LogEntry | None:
        """The stream's copy that has the sealed hash: no other vouches for itself."""
        try:
            return await self.copies.one(log, position, sealed)
        except StreamUnreadableError:
            return None


def said(entry: LogEntry) -> SaidThere | None:
    """What an entry says as a sentence; ``None``: it is no event that this program can read."""
    try:
        fact = decode(entry)
        sentence = describe(fact)
    except (UnknownEventError, UnreadableEventError, KeyError):
        return None
    return SaidThere(name=fact.event.NAME, recorded_at=fact.recorded_at, es=sentence.es, en=sentence.en)
