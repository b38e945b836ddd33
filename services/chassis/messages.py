"""An entry as a NATS message and back: CloudEvents 1.0 in binary mode.

The body is the stored state, byte for byte; everything else travels in headers. No id is in a subject.
"""

from datetime import UTC, datetime
from typing import Any

from nats.aio.msg import Msg
from nats.errors import NotJSMessageError
from pydantic_core import from_json

from events.contract import UnreadableEventError, split_topic
from services.chassis.entry import Entry
from services.chassis.identity import known
from services.chassis.names import Names

EXPECTED_LAST = "Nats-Expected-Last-Sequence"
LEAF = "Canaliza-Leaf"
SHORT_REPLY = 9


def subject_of(entry: Entry, names: Names) -> str:
    """Where an entry is published: by its event's name, whatever the version."""
    return names.subject(split_topic(entry.topic)[0])


def headers_of(entry: Entry) -> dict[str, str]:
    """CloudEvents attributes, the leaf hash, and the sequence that JetStream must have reached before."""
    headers = {
        EXPECTED_LAST: str(entry.position - 1),
        LEAF: entry.leaf().hex(),
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(entry.id),
        "ce-source": f"urn:canaliza:{entry.topic.partition('.')[0]}",
        "ce-type": f"canaliza.{entry.topic}",
        "ce-time": entry.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce-stream": str(entry.stream),
        "ce-streamversion": str(entry.originator_version),
        "ce-sequence": str(entry.position),
    }
    if entry.case is not None:
        headers["ce-case"] = str(entry.case)
    return headers


def command_of(entry: Entry, names: Names) -> bytes:
    """The entry as the client's protocol publishes it: command, header block and body, without an answer asked for.

    The same headers as ``headers_of``, written without a step for each of them.
    """
    name = entry.name
    time = entry.recorded_at if entry.recorded_at.tzinfo is UTC else entry.recorded_at.astimezone(UTC)
    case = "" if entry.case is None else f"ce-case: {entry.case}\r\n"
    block = (
        f"NATS/1.0\r\n{EXPECTED_LAST}: {entry.position - 1}\r\n{LEAF}: {entry.leaf().hex()}\r\n"
        "content-type: application/json\r\nce-specversion: 1.0\r\n"
        f"ce-id: {entry.id}\r\nce-source: urn:canaliza:{name.partition('.')[0]}\r\nce-type: canaliza.{entry.topic}\r\n"
        f"ce-time: {time.isoformat().removesuffix('+00:00')}Z\r\nce-stream: {entry.stream}\r\n"
        f"ce-streamversion: {entry.originator_version}\r\nce-sequence: {entry.position}\r\n{case}\r\n"
    ).encode()
    size = len(block)
    return b"HPUB %b  %d %d\r\n%b%b\r\n" % (
        names.subject(name).encode(),
        size,
        size + len(entry.state),
        block,
        entry.state,
    )


def entry_from_message(message: Any, position: int) -> Entry:
    """The entry that a message of a log's stream is a copy of.

    Raises:
        UnreadableEventError: it is not one: somebody else published it.
    """
    headers = message.headers or {}
    try:
        case = headers.get("ce-case")
        return Entry(
            originator_id=known(headers["ce-stream"]),
            originator_version=int(headers["ce-streamversion"]),
            topic=headers["ce-type"].removeprefix("canaliza."),
            state=message.data,
            id=known(headers["ce-id"]),
            case=None if case is None else known(case),
            recorded_at=datetime.fromisoformat(headers["ce-time"]),
            position=position,
        )
    except (KeyError, ValueError):
        raise UnreadableEventError("not a copy of a log's entry") from None


def sequence_of(message: Msg) -> int:
    """A message's sequence in its stream: the entry's position in the log.

    Read from the reply subject of either form (``$JS.ACK.<stream>…`` with 9 parts, ``$JS.ACK.<domain>.<account>.…``
    with 11 or more), of which the client's ``metadata`` makes six other values too.

    Raises:
        NotJSMessageError: no stream has delivered it.
    """
    parts = message.reply.split(".")
    if parts[:2] != ["$JS", "ACK"] or len(parts) < SHORT_REPLY:
        raise NotJSMessageError
    return int(parts[5] if len(parts) == SHORT_REPLY else parts[7])


def body_of(message: Msg) -> Any:
    """A request's JSON body; ``None`` when it is not JSON."""
    try:
        return from_json(message.data)
    except ValueError:
        return None
