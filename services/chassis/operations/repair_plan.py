"""What a repair would import: the entries that a log's stream has and the log lacks, and how each is vouched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.log_reader import LogReader
from services.chassis.operations.stream_reader import ForkedError, StreamCopy
from services.chassis.replication.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Missing:
    """An entry that the stream has and the log lacks, and how it is vouched for."""

    entry: LogEntry
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a repair would import, in order. ``foreign``: messages near the stream's end that are no copy of the log."""

    missing: Sequence[Missing]
    foreign: int

    def importable(self, *, unsealed: bool) -> list[LogEntry]:
        """The entries up to the first that nobody vouches for, or all of them."""
        vouched = takewhile(lambda one: unsealed or one.provenance is Provenance.SEALED, self.missing)
        return [one.entry for one in vouched]


async def plan_of(log: LogReader, copy: StreamCopy) -> Plan:
    """Compares a log with its stream from the log's end on. Changes nothing.

    Raises:
        ForkedError: log and stream have different histories: a person must decide.
    """
    head = await log.head()
    found: dict[int, Missing] = {}
    foreign = 0
    async for provenance, entry in copy.messages(min(head, await copy.end())):
        if entry is None:
            foreign += 1
        elif entry.position <= head:
            foreign += await _is_foreign(log, Missing(entry, provenance), copy.service)
        else:
            _add(found, Missing(entry, provenance), copy.service)
    missing = [found[position] for position in takewhile(found.__contains__, count(head + 1))]
    sealed = [one.entry.position for one in found.values() if one.provenance is Provenance.SEALED]
    if max(sealed, default=0) > head + len(missing):
        raise ForkedError(copy.service, head + len(missing) + 1)
    return Plan(missing=missing, foreign=foreign + len(found) - len(missing))


async def _is_foreign(log: LogReader, one: Missing, service: str) -> bool:
    """Compares a message with the log's entry at its position, which the log has.

    Raises:
        ForkedError: they differ, and the owner sealed it.
    """
    (ours,) = await log.entries(after=one.entry.position - 1, limit=1)
    differs = ours.leaf_hash() != one.entry.leaf_hash()
    if differs and one.provenance is Provenance.SEALED:
        raise ForkedError(service, one.entry.position)
    return differs


def _add(found: dict[int, Missing], one: Missing, service: str) -> None:
    """Adds a message; of two at one position the sealed one counts.

    Raises:
        ForkedError: two different ones are sealed.
    """
    before = found.setdefault(one.entry.position, one)
    if one.provenance is not Provenance.SEALED:
        return
    if before.provenance is Provenance.SEALED and before.entry.leaf_hash() != one.entry.leaf_hash():
        raise ForkedError(service, one.entry.position)
    found[one.entry.position] = one
