"""Keys by person and class, wrapped by an epoch key that is not in the database.

A key is committed before the event that uses it, or with it (ADR 0013). Its id is derived from the person, the class
and its generation: there is only one of each, and one that was lost is never mistaken for its successor. Destroying
the row, and then the epoch key that wraps it, erases everything sealed with it: in streams, backups and copies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.vocabulary import BoxClass
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ErasedError, KeysLostError, UnreadableContentError
from services.chassis.eventlog.group_commit import GroupCommit
from services.chassis.eventlog.side_rows import Rows
from services.chassis.vault.epochs import (
    AnotherKeyFileError,
    EpochKeys,
    KeysByEpoch,
    KeysUnavailableError,
    UnwrappingError,
)
from services.chassis.vault.key_ids import key_id

INSERT = """
insert into vault.key (id, subject, class, epoch, wrapped, created_at)
select made.id, subject, made.class, made.epoch, wrapped, made.created_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::bytea[], $6::timestamptz[], $7::bytea[])
  as made (id, subject, class, epoch, wrapped, created_at, check_value)
join vault.epoch on epoch.class = made.class and epoch.epoch = made.epoch
  and epoch.check_value = made.check_value and epoch.closed_at is null
where not exists (select from vault.erased where erased.subject = made.subject)
on conflict (id) do nothing returning id
"""
"""The vault takes no key that another key file wraps, none of a closed epoch, and none of an erased person."""
LOAD = "select id, class, epoch, wrapped from vault.key where id = any($1::uuid[]) and class = any($2::text[])"
EPOCHS = "select class, epoch, check_value from vault.epoch where class = any($1::text[]) and destroyed_at is null"
ERASED = "select exists (select from vault.erased where id = $1 or subject = $1)"
ATTEMPTS = 3
"""To store a key while the epochs change."""

LostKeyError = UnwrappingError


@dataclass(frozen=True, slots=True)
class Key:
    """A key of 32 bytes that seals one class of data about one person."""

    id: UUID
    subject: UUID
    kind: BoxClass
    secret: bytes = field(repr=False)


class Keyring:
    """Makes and loads keys. A service can open only the classes whose epoch keys it has."""

    def __init__(self, database: Database, epochs: EpochKeys | KeysByEpoch, clock: Clock) -> None:
        """``database`` signs in with the service's role; the vault's row policies are a second protection."""
        self._database = database
        self._epochs = epochs if isinstance(epochs, EpochKeys) else EpochKeys(epochs)
        self._clock = clock
        self._group: GroupCommit[tuple[Key, ...], tuple[Key, ...] | None] = GroupCommit(self._store)
        self._random = AESGCM.generate_key
        self._verified: set[tuple[BoxClass, int]] = set()

    def start(self) -> None:
        """Starts the task that stores new keys."""
        self._group.start()

    async def stop(self) -> None:
        """Stops the task."""
        await self._group.stop()

    async def verify(self) -> None:
        """Compares this process's keys with the check values in the vault.

        Raises:
            AnotherKeyFileError: a key is another one than that which wraps the vault's keys.
            KeysUnavailableError: the key of an epoch is missing.
            StoreUnavailableError: the vault cannot be reached.
        """
        async with self._database.reading() as connection:
            rows = await connection.fetch(EPOCHS, [kind.value for kind in self._epochs.kinds])
        for row in rows:
            kind, epoch = BoxClass(row["class"]), row["epoch"]
            if not self._epochs.has(kind, epoch):
                raise KeysUnavailableError
            if self._epochs.checks[kind, epoch] != row["check_value"]:
                self._verified.discard((kind, epoch))
                self._epochs.refresh(even_if_unchanged=True)  # the right file may be back
                if self._epochs.checks.get((kind, epoch)) != row["check_value"]:
                    raise AnotherKeyFileError
            self._verified.add((kind, epoch))

    def make(self, subject: UUID, kinds: Sequence[BoxClass], generation: int = 0) -> dict[BoxClass, Key]:
        """New keys for a person who has none. The caller must commit their ``rows`` with what it seals with them."""
        return {kind: Key(key_id(subject, kind, generation), subject, kind, self._random(256)) for kind in kinds}

    def rows(self, keys: Iterable[Key]) -> Rows:
        """The wrapped keys, as side rows of an append."""
        now = self._clock()
        return {INSERT: [self._row(key, now) for key in keys]}

    async def obtain(self, subject: UUID, kinds: Sequence[BoxClass], generation: int = 0) -> dict[BoxClass, Key]:
        """The person's keys, made if they do not exist; committed when this returns.

        Raises:
            ErasedError: the person's keys were destroyed; they get no others.
            StoreUnavailableError: the vault cannot be reached, or takes no keys of this process's key file.
        """
        new = self.make(subject, kinds, generation)
        for _ in range(ATTEMPTS):
            stored = await self._group.submit(tuple(new.values()))
            if stored is not None:
                return {key.kind: key for key in stored}
            if await self.is_erased(subject):
                raise ErasedError
            self._epochs.refresh(even_if_unchanged=True)
            await self.verify()
        raise KeysUnavailableError

    async def load(self, ids: Iterable[UUID]) -> dict[UUID, bytes]:
        """The secrets, by key id, of those keys that exist and that this service may open.

        Raises:
            StoreUnavailableError: the vault cannot be reached, or this process's keys are not those of the vault.
            LostKeyError: a key cannot be unwrapped.
        """
        wanted = list(set(ids))
        if not wanted:
            return {}
        async with self._database.reading() as connection:
            rows = await connection.fetch(LOAD, wanted, [kind.value for kind in self._epochs.kinds])
        if not {(BoxClass(row["class"]), row["epoch"]) for row in rows} <= self._verified:
            await self.verify()
        try:
            return self._unwrapped(rows)
        except LostKeyError:
            await self.verify()  # the key file was replaced by another one meanwhile: no key is lost by that
            return self._unwrapped(rows)

    async def is_erased(self, key: UUID) -> bool:
        """Whether a key, or the keys of a subject, were destroyed on purpose.

        Raises:
            StoreUnavailableError: the vault cannot be reached.
        """
        async with self._database.reading() as connection:
            return bool(await connection.fetchval(ERASED, key))

    async def absence(self, key: UUID) -> UnreadableContentError:
        """Why what is sealed with an absent key cannot be opened: it was erased, or its key was lost."""
        return ErasedError() if await self.is_erased(key) else KeysLostError()

    async def _store(self, batch: list[tuple[Key, ...]]) -> Sequence[tuple[Key, ...] | None]:
        """Inserts the keys that do not exist yet and returns the stored ones: the first ever made wins.

        ``None``: the vault did not take one, and has no other.
        """
        now = self._clock()
        rows = [self._row(key, now) for keys in batch for key in keys]
        rows.sort(key=lambda row: row[0])  # one order for every writer, or two of them could wait for each other
        columns = [list(column) for column in zip(*rows, strict=True)]
        async with self._database.reading() as connection:
            made = {UUID(int=row["id"].int) for row in await connection.fetch(INSERT, *columns)}
        wanted = {key.id: key.secret for keys in batch for key in keys}
        # The same key twice in one batch: only the vault knows which of the two was inserted, so all are loaded.
        twice = len(rows) > len(wanted)
        inserted = {} if twice else {one: wanted[one] for one in made}
        stored = inserted | await self.load(wanted.keys() - inserted.keys())
        return [
            tuple(replace(key, secret=stored[key.id]) for key in keys)
            if all(key.id in stored for key in keys)
            else None
            for keys in batch
        ]

    def _row(self, key: Key, at: datetime) -> tuple[Any, ...]:
        epoch = self._epochs.newest(key.kind)
        wrapped = self._epochs.wrap(key.id, key.kind, epoch, key.secret)
        return (key.id, key.subject, key.kind.value, epoch, wrapped, at, self._epochs.checks[key.kind, epoch])

    def _unwrapped(self, rows: Iterable[Any]) -> dict[UUID, bytes]:
        return {UUID(int=row["id"].int): self._unwrap(row) for row in rows}

    def _unwrap(self, row: Any) -> bytes:
        return self._epochs.unwrap(UUID(int=row["id"].int), BoxClass(row["class"]), row["epoch"], row["wrapped"])
