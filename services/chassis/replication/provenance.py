"""Whose word a message of a log's stream is: the log's owner's, or anybody's."""

import struct
from enum import StrEnum
from typing import Any

from events.contract import UnreadableEventError
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.replication.cloudevents import LEAF_HASH, entry_from_message
from services.chassis.replication.outlet import SEAL, Outlet


class Provenance(StrEnum):
    """How a message is vouched for."""

    SEALED = "sealed"
    """By the owner's key."""
    UNSEALED = "unsealed"
    """By nothing: it is what an earlier version published, or what anybody can imitate who knows the code."""
    FOREIGN = "foreign"
    """It is no copy of an entry, or not the one that its seal was made for."""


def examine(message: Any, sequence: int, outlet: Outlet) -> tuple[Provenance, LogEntry | None]:
    """How a message is vouched for, and the entry that it is a copy of; ``None`` if it is foreign, or missing.

    Foreign messages only push entries back: a position is never beyond its ``sequence``.
    """
    if message is None:
        return Provenance.FOREIGN, None
    try:
        entry = entry_from_message(message)
        leaf_hash = entry.leaf_hash()
    except (UnreadableEventError, UnicodeEncodeError, struct.error):  # a number that no column can hold
        return Provenance.FOREIGN, None
    headers = message.headers or {}
    if headers.get(LEAF_HASH) != leaf_hash.hex() or not 1 <= entry.position <= sequence:
        return Provenance.FOREIGN, None
    if outlet.has_sealed(headers, leaf_hash):
        return Provenance.SEALED, entry
    return (Provenance.FOREIGN, None) if SEAL in headers else (Provenance.UNSEALED, entry)
