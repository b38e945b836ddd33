"""Reads entries of a log out of a bundle: the canonical form that ``LogEntry.leaf`` writes. Pure."""

import struct
from typing import NamedTuple
from uuid import UUID

HEAD = struct.Struct(">BQ16s16sQ16sH")
STATE_SIZE = struct.Struct(">I")
FORM = 1
NO_CASE = bytes(16)


class Entry(NamedTuple):
    """One entry, as far as its envelope tells."""

    position: int
    id: UUID
    stream: UUID
    version: int
    case: UUID | None
    topic: str
    state: bytes


def parse_entry(leaf: bytes) -> Entry | None:
    """The entry of a leaf; ``None``: it is not in the canonical form."""
    try:
        form, position, id_, stream, version, case, size = HEAD.unpack_from(leaf)
        topic = leaf[HEAD.size : HEAD.size + size].decode("ascii")
        (length,) = STATE_SIZE.unpack_from(leaf, HEAD.size + size)
    except (struct.error, UnicodeDecodeError):
        return None
    state = leaf[HEAD.size + size + STATE_SIZE.size :]
    if form != FORM or len(state) != length:
        return None
    of_case = None if case == NO_CASE else UUID(bytes=case)
    return Entry(position, UUID(bytes=id_), UUID(bytes=stream), version, of_case, topic, state)
