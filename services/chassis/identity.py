"""Ids, and ids that follow from others: the same cause has the same effects, whenever and wherever it is handled.

The standard library's UUID is written in Python; the database driver's is one too (a subclass, equal to it, with the
same hash), written in C. Making, hashing and writing ids took an eighth of a case's processor time (ADR 0014).
"""

from hashlib import sha1
from uuid import UUID

from asyncpg.pgproto import pgproto

_VERSION_5 = 0x50
_VARIANT = 0x80


def known(text: str) -> UUID:
    """The id that a text writes.

    Raises:
        ValueError: it writes none.
    """
    written: UUID = pgproto.UUID(text)
    return written


def derived(namespace: UUID, name: str) -> UUID:
    """What ``uuid.uuid5`` makes (RFC 9562 §5.5)."""
    digest = bytearray(sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | _VERSION_5
    digest[8] = digest[8] & 0x3F | _VARIANT
    made: UUID = pgproto.UUID(bytes(digest))
    return made
