"""The keys that telephones seal records to: renewed in time, kept for those without a network, then deleted.

A new key waits ``RENEWED_AFTER`` before it serves. So every backup of the last month has the key of every record that a
telephone may hold: whoever restores one can open them all.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.chassis.clock import Clock
from services.chassis.database import Database
from services.intake.devices.domain import ReceptionKeyGoneError
from services.intake.devices.envelope import text_of
from services.intake.devices.key_store import StoredKey, add_key, alone, remove_keys, stored_keys
from services.intake.devices.policy import KEPT_AFTERWARDS, RENEWED_AFTER

LABEL = b"canaliza reception keys v1"
NONCE_BYTES, SCALAR_BYTES = 12, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What was done to the keys."""

    made: int
    deleted: int
    first: bool = False
    """Whether they are an installation's first: nothing was renewed then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionKeys:
    """The key pairs of one installation. Each process reads them where they are; none is kept in memory."""

    database: Database
    clock: Clock
    wrapping: bytes = field(repr=False)

    async def current(self) -> StoredKey:
        """The key that records are sealed to now.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        serving = await self._serving()
        if not serving:  # the installation's first
            await self.renew()
            serving = await self._serving()
        return serving[-1]

    async def private(self, key: UUID) -> EllipticCurvePrivateKey:
        """The private key of an id that a record names.

        Raises:
            ReceptionKeyGoneError: it was deleted, or never was there.
            StoreUnavailableError: the database cannot be reached.
        """
        async with self.database.reading() as connection:
            keys = await stored_keys(connection)
        gone = {one.id for one in outlived(keys, self.clock())}
        found = next((one for one in keys if one.id == key and key not in gone), None)
        if found is None:
            raise ReceptionKeyGoneError
        return self._opened(found)

    async def renew(self, *, at_once: bool = False) -> Renewal:
        """Makes the keys that are missing, and deletes those whose time is over.

        ``at_once``: new ones take the place of the key that serves and of the one that waits, whatever their age.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        async with self.database.correcting() as connection:
            await alone(connection)
            keys, now, made = await stored_keys(connection), self.clock(), 0
            over = outlived(keys, now)
            if at_once:
                over = [*over, *(key for key in keys if key.serves_from > now)]
            await remove_keys(connection, [key.id for key in over])
            left = [key for key in keys if key not in over]
            for serves_from in missing(left, now, at_once=at_once):
                await add_key(connection, self._new(serves_from))
                made += 1
        return Renewal(made=made, deleted=len(over), first=not keys)

    async def _serving(self) -> list[StoredKey]:
        async with self.database.reading() as connection:
            keys = await stored_keys(connection)
        return [key for key in keys if key.serves_from <= self.clock()]

    def _new(self, serves_from: datetime) -> StoredKey:
        private, key, nonce = generate_private_key(SECP256R1()), uuid4(), os.urandom(NONCE_BYTES)
        scalar = private.private_numbers().private_value.to_bytes(SCALAR_BYTES)
        sealed = nonce + AESGCM(self.wrapping).encrypt(nonce, scalar, key.bytes)
        return StoredKey(key, text_of(private.public_key()), sealed, serves_from)

    def _opened(self, key: StoredKey) -> EllipticCurvePrivateKey:
        nonce, sealed = key.sealed[:NONCE_BYTES], key.sealed[NONCE_BYTES:]
        try:
            scalar = AESGCM(self.wrapping).decrypt(nonce, sealed, key.id.bytes)
        except InvalidTag:  # another installation's key files: its telephones' records are not ours to open
            raise ReceptionKeyGoneError from None
        return derive_private_key(int.from_bytes(scalar), SECP256R1())


def wrapping_key(secret: bytes) -> bytes:
    """The key under which private keys are stored, from a secret of intake that is in no dump (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=LABEL).derive(secret)


def outlived(keys: Sequence[StoredKey], now: datetime) -> list[StoredKey]:
    """The keys that were replaced long ago. ``keys``: the oldest first."""
    return [key for key, successor in pairwise(keys) if successor.serves_from + KEPT_AFTERWARDS <= now]


def missing(keys: Sequence[StoredKey], now: datetime, *, at_once: bool = False) -> list[datetime]:
    """From when the keys serve that are to be made: always one that serves, and one that waits its time."""
    if at_once or not keys:
        return [now, now + RENEWED_AFTER]
    last = keys[-1].serves_from
    if last > now:
        return []
    following = last + RENEWED_AFTER
    return [following] if following > now else [now, now + RENEWED_AFTER]
