"""An entry of a log: the row in PostgreSQL, the message in JetStream and the leaf of the audit tree.

It is the persistence model of the ``eventsourcing`` library (``StoredEvent``) with what a referral
log needs besides: the event's own id, its case, when it was recorded and its position.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Mapper, StoredEvent

from events.contract import Event, Recorded, read, split_topic

NO_CASE = UUID(int=0)


@dataclass(frozen=True)
class Entry(StoredEvent):
    """One event as it is stored. ``originator_id`` is the stream, ``originator_version`` its version in it."""

    id: UUID
    case: UUID | None
    recorded_at: datetime
    position: int = 0
    typed: Recorded[Event] | None = field(default=None, compare=False, repr=False)
    """The event it was made from, when it was made here: saves a projection from reading it back."""

    def at(self, position: int) -> "Entry":
        """The same entry at its place in the log; so is the event it was made from."""
        placed = object.__new__(Entry)  # ``dataclasses.replace`` takes five times as long, for every event of a batch
        placed.__dict__.update(self.__dict__, position=position)
        return placed

    @property
    def stream(self) -> UUID:
        """The aggregate the event belongs to."""
        return self.originator_id  # type: ignore[return-value]  # our streams are UUIDs; the library also allows str

    @property
    def name(self) -> str:
        """The event's name without its version."""
        return split_topic(self.topic)[0]

    def leaf(self) -> bytes:
        """The RFC 6962 leaf hash (32 bytes) over the canonical, length-prefixed form of what is stored."""
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
        return hashlib.sha256(b"\x00" + head + topic + struct.pack(">I", len(self.state)) + self.state).digest()


class EntryMapper(Mapper[UUID]):
    """Between our events and stored entries.

    The library's mapper pickles a class's attributes under its import path; ours stores the published
    event under its published name, so that a moved class never breaks a replay and whoever can write
    to the database cannot choose what is imported.
    """

    def __init__(self) -> None:
        """Needs neither transcoder nor cipher: pydantic serialises, and boxes are sealed before."""

    def to_stored_event(self, domain_event: Any) -> Entry:
        """An event in its envelope, ready to be appended."""
        recorded: Recorded[Event] = domain_event
        return Entry(
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
        """The event of today's version in its envelope.

        Raises:
            UnknownEventError: no such event, or a newer version of it.
            UnreadableEventError: the state is not what the event's definition says.
        """
        entry = stored_event
        assert isinstance(entry, Entry)  # noqa: S101 - only our log calls this
        return recorded_from(entry)


def recorded_from(entry: Entry) -> Recorded[Event]:
    """The event of today's version in its envelope, as ``EntryMapper.to_domain_event``."""
    return read(
        id=entry.id,
        stream=entry.stream,
        version=entry.originator_version,
        topic=entry.topic,
        state=entry.state,
        position=entry.position,
    )
