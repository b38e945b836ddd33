"""Reads a bundle's content from one moment of the database: the logs, the ledger, and what the services show."""

import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from services.audit.bundles.domain import MAX_ENTRY, LogPart, ModelPart, canonical
from services.audit.ledger.queries import (
    Connection,
    StoredCheckpoint,
    checkpoint_over,
    checkpoints,
    followed,
    tiles,
)
from services.audit.ledger.tiles import Tile
from services.chassis.database import SET_PRINCIPAL, SYSTEM, Database
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.moments import as_exported
from services.chassis.names import SERVICES

MODELS = {("intake", "cases"): "intake.shown_cases()", ("referral", "referrals"): "referral.shown_referrals()"}
"""What the services show to an auditor, by the function that each publishes for it; their rows come by id."""
Choose = Callable[[Connection, str], Awaitable[StoredCheckpoint | None]]
"""The checkpoint of a log that is exported, with its cosignatures; ``None``: there is none."""
SPREAD, LATEST = 256, 256
"""How many earlier checkpoints a bundle has: some spread over the whole log, and the last ones."""
PREFETCH = 500
PATIENCE = 600.0
"""Seconds that whoever downloads may make the database wait, and the other way round."""
ENTRIES = f"select {ENTRY_COLUMNS} from {{log}}.event where position >= $1 and position < $2"
SWEPT = "select * from intake.swept()"
PLACES = ("keys", "digests", "slips", "refused_documents", "untraced")
PLACE_COLUMNS = ("keys_left", "digests_left", "slips_left", "refused_left", "untraced")


class Snapshot:
    """One moment of the database; a source of a bundle (``packing.Source``)."""

    def __init__(self, connection: Connection, choose: Choose) -> None:
        """``connection``: in a transaction that always sees the same moment."""
        self._connection = connection
        self._choose = choose
        self._chosen: dict[str, StoredCheckpoint] = {}

    async def logs(self) -> tuple[LogPart, ...]:
        """The logs that were sealed, with the sizes of their last checkpoints."""
        heads = await followed(self._connection)
        found = []
        for log in sorted(SERVICES):
            sealed = await self._choose(self._connection, log)
            if sealed is not None and sealed.size:
                self._chosen[log] = sealed
                head = await self._connection.fetchval(f"select position from {log}.head")
                found.append(LogPart(name=log, size=sealed.size, head=max(head, heads.get(log, 0), sealed.size)))
        return tuple(found)

    async def checkpoint(self, log: str) -> str:
        """The checkpoint of the exported size, with its cosignatures."""
        return self._chosen[log].note

    async def checkpoints(self, log: str) -> AsyncIterator[str]:
        """Earlier checkpoints: some of every part of the log, and the last ones."""
        size, found = self._chosen[log].size, {}
        for number in range(SPREAD):
            one = await checkpoint_over(self._connection, log, size * number // SPREAD)
            if one is not None:
                found[one.size] = one.note
        for one in await checkpoints(self._connection, log, before=size, limit=LATEST):
            found[one.size] = one.note
        for each in sorted(found):
            if each < size:
                yield found[each]

    async def tiles(self, log: str, wanted: Sequence[Tile]) -> Mapping[Tile, bytes]:
        """Tiles as the ledger stores them."""
        return await tiles(self._connection, log, wanted)

    async def entries(self, log: str, first: int, count: int) -> Sequence[bytes]:
        """Entries as the log has them now, which whoever verifies compares with what was sealed."""
        rows = await self._connection.fetch(ENTRIES.format(log=log), first, first + count)
        found = {row["position"]: _leaf(row) for row in rows}
        return [found.get(position, b"") for position in range(first, first + count)]

    async def rows(self, model: ModelPart) -> AsyncIterator[bytes]:
        """The rows of a model, by id."""
        query = f"select * from {MODELS[model.service, model.name]}"
        async for row in self._connection.cursor(query, prefetch=PREFETCH, timeout=PATIENCE):
            yield canonical(dict(_values(row)))

    async def erasures(self) -> AsyncIterator[bytes]:
        """The erasures, with what a search through every place still found."""
        async for row in self._connection.cursor(SWEPT, prefetch=PREFETCH, timeout=PATIENCE):
            one = dict(_values(row))
            remains = {place: one.pop(column) for place, column in zip(PLACES, PLACE_COLUMNS, strict=True)}
            yield canonical({**one, "position": one["position"] or 0, "remains": remains})


@asynccontextmanager
async def snapshot(database: Database, choose: Choose) -> AsyncIterator[Snapshot]:
    """One moment of the database, as long as the context lasts; it sees every row. ``choose``: what is exported.

    Raises:
        StoreUnavailableError: PostgreSQL cannot be reached.
    """
    async with database.reading() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"set local idle_in_transaction_session_timeout = '{PATIENCE:.0f}s'")
        await connection.execute(SET_PRINCIPAL, SYSTEM, "")
        yield Snapshot(connection, choose)


def _leaf(row: Any) -> bytes:
    """The canonical form; empty where a row was changed into something that no entry can be."""
    try:
        leaf = from_row(row).leaf()
    except struct.error:
        return b""
    return leaf if len(leaf) <= MAX_ENTRY else b""


def _values(row: Any) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, datetime):
            yield name, as_exported(value)
        elif isinstance(value, UUID):
            yield name, str(value)
        elif isinstance(value, list):
            yield name, [str(one) for one in value]
        else:
            yield name, value
