"""Reads the ledger: leaf hashes, tiles and checkpoints; and the rows of the logs that it has no leaves of yet.

What is asked of a log without its ledger is asked of the current one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

import asyncpg

from services.audit.ledger.domain import HASH_SIZE
from services.audit.ledger.keys import LOGS
from services.audit.ledger.leaves import LEAF_COLUMNS
from services.audit.ledger.tiles import HEIGHT, WIDTH, Tile
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row

Connection = asyncpg.Connection
"""For those who hand one on and speak no SQL themselves."""

CURRENT = "(select id from audit.ledger order by number desc limit 1)"
LEDGERS = "select id from audit.ledger order by number"
SIZE = f"select size from audit.tree where ledger = coalesce($2, {CURRENT}) and log = $1"
SIZES = f"select log, size from audit.tree where ledger = {CURRENT}"
TILES = f"""
select tile.level, tile.number, hashes from unnest($2::smallint[], $3::bigint[]) as wanted (level, number)
join audit.tile on ledger = coalesce($4, {CURRENT}) and log = $1
  and tile.level = wanted.level and tile.number = wanted.number
"""
LEAF_TILES = f"""
select number, hashes from audit.tile
where ledger = {CURRENT} and log = $1 and level = 0 and number between $2 and $3 order by number
"""
CHECKPOINTS = f"""
select log, size, root, note, sealed_at from audit.checkpoint
where ledger = coalesce($4, {CURRENT}) and log = $1 and ($2::bigint is null or size < $2)
order by size desc limit $3
"""
AT_LEAST = f"""
select log, size, root, note, sealed_at from audit.checkpoint
where ledger = {CURRENT} and log = $1 and size >= $2 order by size limit 1
"""
FOLLOWED = "select upstream, position from audit.tracking union all select 'audit', position from audit.head"
ROWS = f"select {LEAF_COLUMNS} from {{log}}.event where position > $1 and position <= $2 order by position limit $3"
RECORDED_AT = "select recorded_at from {log}.event where position = $1"
PLACE = "select position from {log}.event where id = $1"


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as it is stored."""

    log: str
    size: int
    root: bytes
    note: str
    sealed_at: datetime


async def ledgers(connection: asyncpg.Connection) -> list[str]:
    """The ids of every ledger of this database, the current one last."""
    return [row["id"] for row in await connection.fetch(LEDGERS)]


async def tree_size(connection: asyncpg.Connection, log: str, ledger: str | None = None) -> int:
    """How many leaves a log's tree has; 0: no ledger has begun."""
    return await connection.fetchval(SIZE, log, ledger) or 0


async def tree_sizes(connection: asyncpg.Connection) -> dict[str, int]:
    """The same for every log; empty: no ledger has begun."""
    return dict(await connection.fetch(SIZES))


async def followed(connection: asyncpg.Connection) -> dict[str, int]:
    """Up to which position audit has taken each log from its stream; of its own log, the last position."""
    return dict(await connection.fetch(FOLLOWED))


async def tiles(
    connection: asyncpg.Connection, log: str, wanted: Iterable[Tile], ledger: str | None = None
) -> dict[Tile, bytes]:
    """Those of the tiles that there are, each with its hashes one after the other."""
    levels, numbers = zip(*wanted, strict=True) if (wanted := list(wanted)) else ((), ())
    rows = await connection.fetch(TILES, log, levels, numbers, ledger)
    return {Tile(level, number): hashes for level, number, hashes in rows}


async def leaf_hashes(connection: asyncpg.Connection, log: str, first_position: int, count: int) -> list[bytes]:
    """The leaf hashes of ``count`` events from a position on; fewer where the tree ends before."""
    if count < 1:
        return []
    first, last = first_position - 1, first_position + count - 2
    rows = await connection.fetch(LEAF_TILES, log, first >> HEIGHT, last >> HEIGHT)
    there = takewhile(
        lambda row: row[1]["number"] == row[0], enumerate(rows, first >> HEIGHT)
    )  # up to a tile that is gone
    hashes = b"".join(row["hashes"] for _, row in there)[(first % WIDTH) * HASH_SIZE :][: count * HASH_SIZE]
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]


async def last_checkpoint(
    connection: asyncpg.Connection, log: str, ledger: str | None = None
) -> StoredCheckpoint | None:
    """A log's last checkpoint; ``None``: it was never sealed."""
    found = await checkpoints(connection, log, limit=1, ledger=ledger)
    return found[0] if found else None


async def checkpoints(
    connection: asyncpg.Connection, log: str, *, before: int | None = None, limit: int, ledger: str | None = None
) -> list[StoredCheckpoint]:
    """A log's checkpoints, newest first, those under a size (exclusive) if one is given."""
    return [_checkpoint(row) for row in await connection.fetch(CHECKPOINTS, log, before, limit, ledger)]


async def checkpoint_over(connection: asyncpg.Connection, log: str, size: int) -> StoredCheckpoint | None:
    """The first checkpoint of at least this size; ``None``: nothing that large was sealed."""
    row = await connection.fetchrow(AT_LEAST, log, size)
    return None if row is None else _checkpoint(row)


async def rows_after(connection: asyncpg.Connection, log: str, position: int, upto: int, limit: int) -> Sequence[Any]:
    """Rows of a log after a position, as ``leaf_hashes_of`` takes them."""
    found: Sequence[Any] = await connection.fetch(ROWS.format(log=log), position, upto, limit)
    return found


async def entry_bytes(connection: asyncpg.Connection, log: str, position: int) -> bytes | None:
    """The event at a position in the form that is hashed; ``None``: the log has no such position."""
    row = await connection.fetchrow(f"select {ENTRY_COLUMNS} from {log}.event where position = $1", position)
    return None if row is None else from_row(row).leaf()


async def recorded_at(connection: asyncpg.Connection, log: str, position: int) -> datetime | None:
    """When an event was recorded; ``None``: the log has no such position."""
    at: datetime | None = await connection.fetchval(RECORDED_AT.format(log=log), position)
    return at


async def place_of(connection: asyncpg.Connection, event: UUID) -> tuple[str, int] | None:
    """The log and the position of the event with an id; ``None``: it is in no log.

    A log has no index of ids, so all of it may be read: whoever knows the place does not ask for it.
    """
    for log in LOGS:
        position = await connection.fetchval(PLACE.format(log=log), event)
        if position is not None:
            return log, position
    return None


def _checkpoint(row: Any) -> StoredCheckpoint:
    return StoredCheckpoint(**dict(row))
