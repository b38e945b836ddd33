"""Converts entries to NATS messages and back: CloudEvents 1.0 in binary mode.

The body is the stored state, byte for byte; everything else is in headers. No subject contains an id.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from nats.aio.msg import Msg

from events.contract import UnreadableEventError
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.ids import parse_uuid
from services.chassis.messaging.delivery import sequence_of
from services.chassis.replication.outlet import SEAL, Outlet

EXPECTED_LAST = "Nats-Expected-Last-Sequence"
EXPECTED_SEAL = "Nats-Expected-Last-Msg-Id"
BATCH, BATCH_NUMBER, BATCH_COMMIT = "Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit"
LEAF_HASH = "Canaliza-Leaf"
POSITION = "ce-sequence"
TRACE = "traceparent"
"""W3C Trace Context. Nothing depends on it: it is there while traces are collected, and no seal covers it."""


class Part(NamedTuple):
    """A message's place in a batch that JetStream stores as a whole or not at all."""

    batch: str
    """The batch's name, at most 64 characters."""
    number: int
    """From 1."""
    last: bool


class Copy(NamedTuple):
    """The message that the owner of a log publishes for one entry.

    Two headers say what must precede it: ``Nats-Expected-Last-Sequence``, which fences relays, and the seal of the
    entry before. Without the latter a foreign message in the middle of a batch would take the place of one of its
    entries unnoticed: a batch has one acknowledgement, and the next entry finds the sequence that it expects.

    A part of a batch that is stored as a whole has neither, but for the first: what must precede that precedes all.
    """

    entry: LogEntry
    outlet: Outlet
    leaf_hash: str
    time: str
    """``ce-time``: when the entry was recorded, RFC 3339 in UTC."""
    seal: str
    foreign: int
    """Messages in the stream that are not the log's, by which its sequences are ahead of the positions."""
    after: str | None
    """The seal of the stream's last message; ``None``: it has none, there is no message, or it does not matter."""
    part: Part | None = None
    """``None``: the message is stored by itself."""

    @classmethod
    def of(
        cls, entry: LogEntry, outlet: Outlet, *, foreign: int = 0, after: str | None = None, part: Part | None = None
    ) -> Self:
        """Seals an entry."""
        moment = entry.recorded_at if entry.recorded_at.tzinfo is UTC else entry.recorded_at.astimezone(UTC)
        time, leaf_hash = f"{moment.isoformat().removesuffix('+00:00')}Z", entry.leaf_hash()
        return cls(entry, outlet, leaf_hash.hex(), time, outlet.seal(leaf_hash, time), foreign, after, part)

    @property
    def subject(self) -> str:
        """The subject to publish on, which ends with the event's name without the version."""
        return self.outlet.subject(self.entry.name)

    def headers(self) -> dict[str, str]:
        """What must precede it, the leaf hash, the seal and the CloudEvents attributes."""
        entry = self.entry
        headers = self._place() | {
            SEAL: self.seal,
            LEAF_HASH: self.leaf_hash,
            "content-type": "application/json",
            "ce-specversion": "1.0",
            "ce-id": str(entry.id),
            "ce-source": f"urn:canaliza:{entry.topic.partition('.')[0]}",
            "ce-type": f"canaliza.{entry.topic}",
            "ce-time": self.time,
            "ce-stream": str(entry.stream),
            "ce-streamversion": str(entry.originator_version),
            POSITION: str(entry.position),
        }
        if entry.case is not None:
            headers["ce-case"] = str(entry.case)
        return headers

    def _place(self) -> dict[str, str]:
        """The headers by which JetStream decides whether the message is stored, and the trace it belongs to, if any."""
        place: dict[str, str] = {} if self.entry.trace is None else {TRACE: self.entry.trace}
        if self.part is None or self.part.number == 1:
            place[EXPECTED_LAST] = str(self.entry.position - 1 + self.foreign)
        if self.after is not None:
            place[EXPECTED_SEAL] = self.after
        if self.part is not None:
            place |= {BATCH: self.part.batch, BATCH_NUMBER: str(self.part.number)}
            if self.part.last:
                place[BATCH_COMMIT] = "1"
        return place

    def command(self) -> bytes:
        """The bytes of an ``HPUB`` command (NATS client protocol), without a reply subject.

        The headers are the same, formatted at once because that is faster.
        """
        entry, name = self.entry, self.entry.name
        place = "".join([f"{header}: {value}\r\n" for header, value in self._place().items()])
        case = "" if entry.case is None else f"ce-case: {entry.case}\r\n"
        block = (
            f"NATS/1.0\r\n{place}"
            f"{SEAL}: {self.seal}\r\n{LEAF_HASH}: {self.leaf_hash}\r\n"
            "content-type: application/json\r\nce-specversion: 1.0\r\n"
            f"ce-id: {entry.id}\r\nce-source: urn:canaliza:{name.partition('.')[0]}\r\n"
            f"ce-type: canaliza.{entry.topic}\r\nce-time: {self.time}\r\nce-stream: {entry.stream}\r\n"
            f"ce-streamversion: {entry.originator_version}\r\n{POSITION}: {entry.position}\r\n{case}\r\n"
        ).encode()
        size = len(block)
        return b"HPUB %b  %d %d\r\n%b%b\r\n" % (
            self.outlet.subject(name).encode(),
            size,
            size + len(entry.state),
            block,
            entry.state,
        )


def entry_from_message(message: Any) -> LogEntry:
    """The entry that a message of a log's stream says it is a copy of; ``Outlet.has_sealed`` tells whether it is.

    Raises:
        UnreadableEventError: a header is missing or wrong, so the message is not the relay's.
    """
    # A header with other characters than ASCII is no text where the client reads a single message of a stream.
    headers = {name: str(value) for name, value in (message.headers or {}).items()}
    try:
        case = headers.get("ce-case")
        return LogEntry(
            originator_id=parse_uuid(headers["ce-stream"]),
            originator_version=int(headers["ce-streamversion"]),
            topic=headers["ce-type"].removeprefix("canaliza."),
            state=message.data or b"",
            id=parse_uuid(headers["ce-id"]),
            case=None if case is None else parse_uuid(case),
            recorded_at=datetime.fromisoformat(headers["ce-time"]),
            position=int(headers[POSITION]),
        )
    except (KeyError, ValueError):
        raise UnreadableEventError("not a copy of a log's entry") from None


def position_of(message: Msg) -> int:
    """The position that a message says it is a copy of, at most its own sequence; 0 if it says none.

    Nobody vouches for it: a follower reads the log up to there, where only what the log has can be found.
    """
    try:
        return min(int((message.headers or {})[POSITION]), sequence_of(message))
    except (KeyError, ValueError):
        return 0
