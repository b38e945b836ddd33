"""Entries of the tree: the leaf hashes of stored rows by the thousand, and an entry read back. Pure.

``leaf_hashes_of`` is ``LogEntry.leaf_hash`` without an object for each row.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.chassis.eventlog.log_entry import NO_CASE

LEAF_COLUMNS = "position, event.id, stream, version, topic, case_id, state"
_HEAD = struct.Struct(">BBQ16s16sQ16sH")
_ENTRY = struct.Struct(">BQ16s16sQ16sH")
_LEAF, _VERSION = 0, 1
"""RFC 6962's byte before a leaf, and the version of the entry's form."""


def leaf_hashes_of(rows: Iterable[Any]) -> list[bytes]:
    """The leaf hashes (32 bytes each) of rows of ``LEAF_COLUMNS``."""
    pack, size, none = _HEAD.pack, struct.Struct(">I").pack, NO_CASE.bytes
    hashes: list[bytes] = []
    for position, id_, stream, version, topic, case, state in rows:
        name = topic.encode()
        case_bytes = none if case is None else case.bytes
        head = pack(_LEAF, _VERSION, position, id_.bytes, stream.bytes, version, case_bytes, len(name))
        hashes.append(sha256(b"".join((head, name, size(len(state)), state))).digest())
    return hashes


@dataclass(frozen=True, slots=True)
class Leaf:
    """What an entry of the tree says: a stored event, as ``LogEntry.leaf`` writes it."""

    position: int
    id: UUID
    stream: UUID
    version: int
    case: UUID | None
    topic: str
    state: bytes


def read_leaf(entry: bytes) -> Leaf:
    """Reads an entry of the tree.

    Raises:
        ValueError: it is none.
    """
    head, length = _ENTRY, struct.Struct(">I")
    try:
        version, position, id_, stream, number, case, size = head.unpack_from(entry)
        topic = entry[head.size : head.size + size].decode()
        begin = head.size + size + length.size
        (of_state,) = length.unpack_from(entry, head.size + size)
    except (struct.error, UnicodeDecodeError):
        raise ValueError("not an entry") from None
    state = entry[begin:]
    if version != _VERSION or len(state) != of_state:
        raise ValueError("not an entry")
    found = UUID(bytes=case)
    return Leaf(
        position, UUID(bytes=id_), UUID(bytes=stream), number, None if found == NO_CASE else found, topic, state
    )
