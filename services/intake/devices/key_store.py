"""Stores the keys that records are sealed to (table ``reception_key``): each sealed under a key of the installation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from services.intake.devices.envelope import coordinates_of
from services.intake.devices.schemas import ReceptionKey

LOCK = "select pg_advisory_xact_lock(hashtext('canaliza reception keys'))"
EVERY = "select * from reception_key order by serves_from"
ADD = "insert into reception_key (key_id, public_key, sealed, serves_from) values ($1, $2, $3, $4)"
REMOVE = "delete from reception_key where key_id = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key pair."""

    id: UUID
    public: str
    sealed: bytes = field(repr=False)
    """The private key: opened only with a key that no dump has."""
    serves_from: datetime

    @property
    def shown(self) -> ReceptionKey:
        """What telephones are told of it."""
        x, y = coordinates_of(self.public)
        jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        return ReceptionKey(id=self.id, public_key=jwk, made_at=self.serves_from)


async def alone(connection: asyncpg.Connection) -> None:
    """Waits for other processes that renew the keys, until the transaction ends."""
    await connection.execute(LOCK)


async def stored_keys(connection: asyncpg.Connection) -> list[StoredKey]:
    """Every key, the oldest first."""
    return [
        StoredKey(UUID(int=row["key_id"].int), row["public_key"], row["sealed"], row["serves_from"])
        for row in await connection.fetch(EVERY)
    ]


async def add_key(connection: asyncpg.Connection, key: StoredKey) -> None:
    """Stores a new key."""
    await connection.execute(ADD, key.id, key.public, key.sealed, key.serves_from)


async def remove_keys(connection: asyncpg.Connection, keys: Sequence[UUID]) -> None:
    """Deletes keys for good: what is sealed to them cannot be opened any more."""
    await connection.execute(REMOVE, list(keys))
