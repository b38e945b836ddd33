"""Keys by person and class, wrapped by an epoch key that is not in the database.

A key is committed before the event that uses it, or with it (ADR 0013). Its id is derived from the person and the
class, so that whoever comes later finds it, and two of a kind cannot be. Destroying the row and the
epoch key it was wrapped with erases what it sealed everywhere: in streams, backups and copies.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.vocabulary import BoxClass
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.group_commit import GroupCommit
from services.chassis.identity import derived
from services.chassis.rows import Rows

EPOCH = 1
NONCE_BYTES = 12

INSERT = """
insert into vault.key (id, subject, class, epoch, wrapped, created_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::bytea[], $6::timestamptz[])
on conflict (id) do nothing returning id
"""


class LostKeyError(Exception):
    """A wrapped key does not open with this epoch's key: the wrong key file, or a changed row."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: 32 bytes that seal one class of data about one person."""

    id: UUID
    subject: UUID
    kind: BoxClass
    secret: bytes = field(repr=False)


def key_id(subject: UUID, kind: BoxClass) -> UUID:
    """The id of a person's key of a class."""
    return derived(subject, kind.value)


class Keyring:
    """Makes and loads keys. A service can open the classes whose epoch key it was given, no others."""

    def __init__(self, database: Database, epoch_keys: Mapping[BoxClass, bytes], clock: Clock) -> None:
        """``database`` signs in with the service's role; the vault's row policies are the second wall."""
        self._database = database
        self._wrapping = {kind: AESGCM(key) for kind, key in epoch_keys.items()}
        self._clock = clock
        self._group: GroupCommit[tuple[Key, ...], tuple[Key, ...]] = GroupCommit(self._store)
        self._random = AESGCM.generate_key

    def start(self) -> None:
        """Starts the task that stores new keys."""
        self._group.start()

    async def stop(self) -> None:
        """Stops it."""
        await self._group.stop()

    def make(self, subject: UUID, kinds: Sequence[BoxClass]) -> dict[BoxClass, Key]:
        """New keys, for a person who has none. Whoever seals with them commits ``rows`` with what they sealed."""
        return {kind: Key(key_id(subject, kind), subject, kind, self._random(256)) for kind in kinds}

    def rows(self, keys: Iterable[Key]) -> Rows:
        """The keys as an append takes them along: wrapped."""
        now = self._clock()
        return {INSERT: [self._row(key, now) for key in keys]}

    async def obtain(self, subject: UUID, kinds: Sequence[BoxClass]) -> dict[BoxClass, Key]:
        """The person's keys, made now if they do not exist; committed when this returns.

        Raises:
            StoreUnavailableError: the vault cannot be reached.
        """
        new = self.make(subject, kinds)
        return {key.kind: key for key in await self._group.submit(tuple(new.values()))}

    async def load(self, ids: Iterable[UUID]) -> dict[UUID, bytes]:
        """The secrets of those keys that exist and that this service may open.

        Raises:
            StoreUnavailableError: the vault cannot be reached.
            LostKeyError: a row does not fit this epoch's key.
        """
        wanted = list(set(ids))
        if not wanted:
            return {}
        query = "select id, class, epoch, wrapped from vault.key where id = any($1::uuid[]) and class = any($2::text[])"
        async with self._database.reading() as connection:
            rows = await connection.fetch(query, wanted, [kind.value for kind in self._wrapping])
        return {UUID(int=row["id"].int): self._unwrap(row) for row in rows}

    async def _store(self, batch: list[tuple[Key, ...]]) -> Sequence[tuple[Key, ...]]:
        """Inserts the keys that do not exist yet and answers with those that do: the first ever made wins."""
        now = self._clock()
        rows = [self._row(key, now) for keys in batch for key in keys]
        rows.sort(key=lambda row: row[0])  # one order for every writer, or two of them could wait for each other
        columns = [list(column) for column in zip(*rows, strict=True)]
        async with self._database.reading() as connection:
            made = {UUID(int=row["id"].int) for row in await connection.fetch(INSERT, *columns)}
        wanted = {key.id: key.secret for keys in batch for key in keys}
        # A person twice in one batch: the row that went in is the first of them, and only the vault knows which.
        twice = len(rows) > len(wanted)
        known = {} if twice else {one: wanted[one] for one in made}
        stored = known | await self.load(wanted.keys() - known.keys())
        return [tuple(replace(key, secret=stored[key.id]) for key in keys) for keys in batch]

    def _row(self, key: Key, at: datetime) -> tuple[Any, ...]:
        return (key.id, key.subject, key.kind.value, EPOCH, self._wrap(key), at)

    def _wrap(self, key: Key) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping[key.kind].encrypt(nonce, key.secret, _bound(key.id, key.kind.value, EPOCH))

    def _unwrap(self, row: Any) -> bytes:
        bound = _bound(UUID(int=row["id"].int), row["class"], row["epoch"])
        wrapped = row["wrapped"]
        try:
            return self._wrapping[BoxClass(row["class"])].decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
        except InvalidTag:
            raise LostKeyError from None


def _bound(key: UUID, kind: str, epoch: int) -> bytes:
    return f"{key}|{kind}|{epoch}".encode()
