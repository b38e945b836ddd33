"""The messages of one batch of a log's entries, such that the acknowledgement of the last confirms all of them."""

from collections.abc import Sequence
from uuid import uuid4

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.replication.cloudevents import Copy, Part
from services.chassis.replication.outlet import Outlet
from services.chassis.replication.stream_end import StreamEnd


def one_after_another(entries: Sequence[LogEntry], outlet: Outlet, end: StreamEnd) -> list[Copy]:
    """Each is stored only after the one before it, known by its sequence and its seal; the first, after ``end``."""
    copies: list[Copy] = []
    after = end.seal
    for entry in entries:
        copies.append(Copy.of(entry, outlet, foreign=end.foreign, after=after))
        after = copies[-1].seal
    return copies


def as_a_whole(entries: Sequence[LogEntry], outlet: Outlet, end: StreamEnd) -> list[Copy]:
    """All are stored after ``end``, or none is: for a replicated stream, in which no message may name a seal.

    A replica that was cut off and caught up does not know the id of its last message (nats-server 2.15.1). It refuses
    a message that names it, which the others store, and stays behind until it is restarted.
    """
    if len(entries) == 1:
        return [Copy.of(entries[0], outlet, foreign=end.foreign)]
    batch = uuid4().hex
    parts = (Part(batch, number, last=number == len(entries)) for number in range(1, len(entries) + 1))
    return [Copy.of(entry, outlet, foreign=end.foreign, part=part) for entry, part in zip(entries, parts, strict=True)]
