"""Replaces an epoch key: the keys of living people are wrapped anew, then the old epoch is destroyed.

What a table's file, a log segment or an old dump still holds of a destroyed person's key is wrapped by that epoch and
opens with nothing (ADR 0035). A rotation that was interrupted goes on where it stopped.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from events.vocabulary import BoxClass
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.operations.epochs import record_epochs
from services.chassis.secrets.epoch_files import EpochFiles
from services.chassis.vault.epochs import EpochKeys, decoded

BATCH_SIZE = 500
"""Keys wrapped anew in one transaction: short enough that nobody waits for it."""

# Whoever inserts a key has the table locked from before its statement reads which epochs are open. Once this lock was
# granted, every key of the old epoch is committed, and every later insert sees that it is closed.
LOCK = "lock table vault.key in share row exclusive mode"
CLOSE = "update vault.epoch set closed_at = coalesce(closed_at, $2) where class = $1 and epoch < $3"
OF_OLD_EPOCHS = """
select id, epoch, wrapped from vault.key where class = $1 and epoch < $2 order by id limit $3 for update
"""
REWRAP = """
update vault.key set epoch = $3, wrapped = fresh.wrapped
from unnest($1::uuid[], $2::bytea[]) as fresh (id, wrapped) where key.id = fresh.id
"""
UNFINISHED = """
select class from vault.epoch where destroyed_at is null group by class having count(*) > 1
"""
DESTROYED = "select class, epoch from vault.epoch where destroyed_at is not null"
DESTROY = """
update vault.epoch set destroyed_at = $2 where class = $1 and epoch < $3 and destroyed_at is null
  and not exists (select from vault.key where key.class = epoch.class and key.epoch = epoch.epoch)
returning epoch
"""


NEWEST = """
select min(created_at) as created_at from (
  select class, max(created_at) as created_at from vault.epoch where destroyed_at is null group by class) as newest
"""
ERASED_AT = "select max(erased_at) from vault.erased"
IN_USE = "select class, epoch from vault.epoch where destroyed_at is null order by class, epoch"
AS_DESTROYED = (
    "update vault.epoch set closed_at = coalesce(closed_at, $3), destroyed_at = $3 where class = $1 and epoch = $2"
)


async def rotation_due(database: Database, every: timedelta, pause: timedelta, at: datetime) -> bool:
    """Whether the epochs are to be renewed: they are old, or keys were destroyed since, the last a ``pause`` ago."""
    async with database.reading() as connection:
        since = await connection.fetchval(NEWEST)
        erased = await connection.fetchval(ERASED_AT)
        unfinished = await connection.fetch(UNFINISHED)
    old = since is not None and since + every <= at
    return bool(unfinished) or old or (erased is not None and since is not None and since < erased <= at - pause)


async def bring_back_epochs(database: Database, files: EpochFiles, at: datetime) -> list[tuple[BoxClass, int]]:
    """After an older dump was restored: brings the epochs that wrap its keys back from their copies.

    Returns the epochs without a copy. They count as destroyed: the keys that they wrap are lost.

    Raises:
        StoreUnavailableError: the vault cannot be reached.
    """
    async with database.reading() as connection:
        rows = await connection.fetch(IN_USE)
        gone = await asyncio.to_thread(files.bring_back, [(BoxClass(row["class"]), row["epoch"]) for row in rows])
        for kind, epoch in gone:
            await connection.execute(AS_DESTROYED, kind.value, epoch, at)
    return gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """The result of a rotation of one class."""

    kind: BoxClass
    epoch: int
    """The epoch that wraps from here on."""
    wrapped_anew: int
    destroyed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Rotates the epoch keys. ``database`` signs in with intake's role, the only one that may change a wrapping."""

    database: Database
    clock: Clock
    files: EpochFiles

    async def run(self) -> list[Rotated]:
        """Makes a new epoch for every class and destroys those before.

        Raises:
            AnotherKeyFileError: the key file is not the one whose keys wrap the vault's; nothing was changed.
            StoreUnavailableError: the vault cannot be reached; running it again goes on.
        """
        async with self.database.reading() as connection:
            unfinished = {row["class"] for row in await connection.fetch(UNFINISHED)}
        written = await asyncio.to_thread(self.files.add, [kind for kind in BoxClass if kind.value not in unfinished])
        keys = {kind: decoded(of_kind) for kind, of_kind in written.items()}
        await record_epochs(self.database, keys, self.clock())
        epochs, found = EpochKeys(keys), []
        for kind in epochs.kinds:
            newest = epochs.newest(kind)
            await self._close(kind, newest)
            count = await self._wrap_anew(kind, newest, epochs)
            async with self.database.reading() as connection:
                gone = await connection.fetch(DESTROY, kind.value, self.clock(), newest)
            destroyed = tuple(sorted(row["epoch"] for row in gone))
            found.append(Rotated(kind=kind, epoch=newest, wrapped_anew=count, destroyed=destroyed))
        await self._forget()
        return found

    async def _forget(self) -> None:
        """Takes every destroyed epoch out of the files, those of an interrupted rotation included."""
        destroyed: dict[BoxClass, tuple[int, ...]] = {}
        async with self.database.reading() as connection:
            for row in await connection.fetch(DESTROYED):
                kind = BoxClass(row["class"])
                destroyed[kind] = (*destroyed.get(kind, ()), row["epoch"])
        await asyncio.to_thread(self.files.remove, destroyed, self.clock())

    async def _close(self, kind: BoxClass, newest: int) -> None:
        async with self.database.reading() as connection, connection.transaction():
            await connection.execute(LOCK)
            await connection.execute(CLOSE, kind.value, self.clock(), newest)

    async def _wrap_anew(self, kind: BoxClass, newest: int, epochs: EpochKeys) -> int:
        count = 0
        while True:
            async with self.database.reading() as connection, connection.transaction():
                rows = await connection.fetch(OF_OLD_EPOCHS, kind.value, newest, BATCH_SIZE)
                if not rows:
                    return count
                fresh = await asyncio.to_thread(_wrapped_anew, rows, kind, newest, epochs)
                await connection.execute(REWRAP, [one["id"] for one in rows], fresh, newest)
            count += len(rows)


def _wrapped_anew(rows: list[Any], kind: BoxClass, newest: int, epochs: EpochKeys) -> list[bytes]:
    found = []
    for row in rows:
        key = UUID(int=row["id"].int)
        secret = epochs.unwrap(key, kind, row["epoch"], row["wrapped"])
        found.append(epochs.wrap(key, kind, newest, secret))
    return found
