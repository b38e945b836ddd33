"""Holds each line of a history against the hash that was sealed of it, at the moment it is read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from services.audit.ledger.domain import HASH_SIZE
from services.audit.ledger.queries import tiles, tree_size
from services.audit.ledger.tiles import HEIGHT, WIDTH, Tile
from services.audit.prose.altered import Altered
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.ids import uuid5

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ACTOR = "audit"
NAME = "altered"
"""What a line is named whose event is not what was sealed."""


class Seal(StrEnum):
    """Whether what was read is what was sealed."""

    SEALED = "sealed"
    NOT_YET = "not_yet"
    """It was recorded a moment ago, and is not sealed yet."""
    ALTERED = "altered"
    """It is not what was sealed, or is gone: what is read is not told."""


async def checked(
    connection: asyncpg.Connection, log: str, positions: Iterable[int], entries: Sequence[LogEntry], case: UUID
) -> list[tuple[Recorded[Event], Seal]]:
    """The facts at these positions, each as it was sealed or not told at all.

    ``entries``: what the log has there now. Where it has nothing, or something else, an ``Altered`` stands.
    """
    found = {entry.position: entry for entry in entries}
    wanted = sorted({*positions, *found})
    size = await tree_size(connection, log)
    hashes = await _sealed(connection, log, [position for position in wanted if position <= size])
    facts: list[tuple[Recorded[Event], Seal]] = []
    last: datetime | None = None
    for position in wanted:
        entry = found.get(position)
        if entry is not None and position > size:
            facts.append((decode(entry), Seal.NOT_YET))
        elif entry is not None and hashes.get(position) == entry.leaf_hash():
            facts.append((decode(entry), Seal.SEALED))
        else:
            facts.append((_altered(log, position, entry, case, last), Seal.ALTERED))
        last = facts[-1][0].recorded_at
    return facts


def _altered(log: str, position: int, entry: LogEntry | None, case: UUID, last: datetime | None) -> Recorded[Event]:
    """Stands where an event was: by its position, right after the one before it."""
    at = last or (entry.recorded_at if entry is not None else EPOCH)
    id_ = uuid5(case, f"altered/{log}/{position}")
    return Recorded(
        id=id_,
        stream=case,
        version=0,
        case=case,
        occurred_at=at,
        recorded_at=at,
        actor=ACTOR,
        cause=None,
        event=Altered(),
        position=position,
    )


async def _sealed(connection: asyncpg.Connection, log: str, positions: Sequence[int]) -> Mapping[int, bytes]:
    """The hashes that were sealed at these positions."""
    if not positions:
        return {}
    found = await tiles(connection, log, {Tile(0, (position - 1) >> HEIGHT) for position in positions})
    hashes: dict[int, bytes] = {}
    for position in positions:
        tile = found.get(Tile(0, (position - 1) >> HEIGHT), b"")
        begin = (position - 1) % WIDTH * HASH_SIZE
        hashes[position] = tile[begin : begin + HASH_SIZE]
    return hashes
