"""An entry of a log: the row in PostgreSQL, the message in JetStream and the leaf of the audit tree.

It extends the persistence model of the ``eventsourcing`` library (``StoredEvent``) by the event's own id, its case,
when it was recorded and its position.
"""

import hashlib
import struct
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Mapper, StoredEvent

from events.contract import Event, Recorded, read, split_topic

NO_CASE = UUID(int=0)


@dataclass(frozen=True)
class LogEntry(StoredEvent):
    """One event as it is stored. ``originator_id`` is the stream, ``originator_version`` its version in it."""

    id: UUID
    case: UUID | None
    recorded_at: datetime
    position: int = 0
    typed: Recorded[Event] | None = field(default=None, compare=False, repr=False)
    """The event that this process made the entry from; saves a projection from decoding it."""
    trace: str | None = field(default=None, compare=False, repr=False)
    """The trace that it belongs to (W3C Trace Context), while this process remembers it: it is not stored."""

    def at(self, position: int) -> "LogEntry":
        """The same entry at its position in the log."""
        return replace(self, position=position)

    @property
    def stream(self) -> UUID:
        """The aggregate the event belongs to."""
        return self.originator_id  # type: ignore[return-value]  # our streams are UUIDs; the library also allows str

    @property
    def name(self) -> str:
        """The event's name without its version."""
        return split_topic(self.topic)[0]

    def leaf(self) -> bytes:
        """The canonical, length-prefixed form of what is stored: the entry of a transparency log (C2SP tlog-tiles)."""
        topic = self.topic.encode()
        head = struct.pack(
            ">BQ16s16sQ16sH",
            1,
            self.position,
            self.id.bytes,
            self.stream.bytes,
            self.originator_version,
            (self.case or NO_CASE).bytes,
            len(topic),
        )
        return head + topic + struct.pack(">I", len(self.state)) + self.state

    def leaf_hash(self) -> bytes:
        """The RFC 6962 leaf hash (32 bytes) over ``leaf``."""
        return hashlib.sha256(b"\x00" + self.leaf()).digest()


class EntryMapper(Mapper[UUID]):
    """Converts between recorded events and stored entries.

    The library's mapper pickles a class's attributes under its import path; this one stores the published event
    under its published name, so that a moved class never breaks a replay and write access to the database is not
    enough to choose what is imported.
    """

    def __init__(self) -> None:
        """Takes neither transcoder nor cipher: pydantic serialises, and boxes were sealed before."""

    def to_stored_event(self, domain_event: Any) -> LogEntry:
        """The entry of a recorded event, ready to be appended."""
        recorded: Recorded[Event] = domain_event
        return LogEntry(
            originator_id=recorded.stream,
            originator_version=recorded.version,
            topic=recorded.topic,
            state=recorded.state(),
            id=recorded.id,
            case=recorded.case,
            recorded_at=recorded.recorded_at,
            typed=recorded,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The event of an entry, upcast to its current version.

        Raises:
            UnknownEventError: no such event, or a newer version of it.
            UnreadableEventError: the state is not what the event's definition says.
        """
        entry = stored_event
        assert isinstance(entry, LogEntry)  # noqa: S101 - only our log calls this
        return decode(entry)


def decode(entry: LogEntry) -> Recorded[Event]:
    """The event of an entry, upcast to its current version, as ``EntryMapper.to_domain_event``."""
    return read(
        id=entry.id,
        stream=entry.stream,
        version=entry.originator_version,
        topic=entry.topic,
        state=entry.state,
        position=entry.position,
    )
