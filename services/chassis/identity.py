"""Ids that follow from other ids: the same cause has the same effects, whenever and wherever it is handled."""

from hashlib import sha1
from uuid import UUID

_VARIANT_AND_VERSION = (0xC000 << 48) | (0xF000 << 64)
_RFC_4122_VERSION_5 = (0x8000 << 48) | (5 << 76)


def derived(namespace: UUID, name: str) -> UUID:
    """What ``uuid.uuid5`` makes (RFC 9562 §5.5), in a third of its time: a case takes two dozen of them."""
    digest = sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16]) & ~_VARIANT_AND_VERSION | _RFC_4122_VERSION_5)
