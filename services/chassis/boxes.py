"""Sealing and opening boxes: AES-256-GCM with the box's place as associated data and a key commitment.

The library's ciphers bind no context (two ciphertexts can be swapped unnoticed) and have one key for
everything (so nothing can be erased): hence these forty lines over ``cryptography``.
"""

import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.sealed import Box
from events.vocabulary import BoxClass

COMMITMENT = b"canaliza key commitment v1"
FINGERPRINT = b"canaliza content fingerprint v1\x00"
NONCE_BYTES = 12


class BrokenBoxError(Exception):
    """The key is there but the box does not open: it was changed, moved, or is under another key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box belongs. A box moved to another event, or to another field, no longer opens."""

    stream: UUID
    version: int
    event: str
    field: str

    def bound(self, kind: BoxClass) -> bytes:
        """The associated data."""
        return b'["%b", %d, %b' % (str(self.stream).encode(), self.version, _in_an_event(self.event, self.field, kind))


@lru_cache(maxsize=256)
def _in_an_event(event: str, field: str, kind: BoxClass) -> bytes:
    """The part of a place that few boxes differ in: the end of a JSON list."""
    return json.dumps([event, field, kind.value])[1:].encode()


def commit(key: bytes) -> str:
    """What the log shows of a key: pins it without telling anything about it."""
    return _text(hmac.digest(key, COMMITMENT, hashlib.sha256))


def fingerprint(key: bytes, content: bytes) -> bytes:
    """Tells the same content from another, 32 bytes, and means nothing once the key is destroyed.

    A plain hash would survive erasure, and names and telephone numbers can be guessed from one.
    """
    return hmac.digest(key, FINGERPRINT + content, hashlib.sha256)


def seal(
    content: Mapping[str, Any] | bytes,
    *,
    key_id: UUID,
    key: bytes,
    kind: BoxClass,
    place: Place,
    commitment: str | None = None,
) -> Box:
    """Seals a JSON object, or what is one in bytes, for one place. The same sealed twice looks different.

    ``commitment`` is the key's, where it is at hand: of a box that was just opened with it.
    """
    nonce = os.urandom(NONCE_BYTES)
    plain = content if isinstance(content, bytes) else orjson.dumps(content)
    sealed = nonce + AESGCM(key).encrypt(nonce, plain, place.bound(kind))
    return Box(key=key_id, kind=kind, commitment=commitment or commit(key), sealed=_text(sealed))


def open_box(box: Box, place: Place, keys: Mapping[UUID, bytes]) -> dict[str, Any] | None:
    """The content, or ``None`` when the key no longer exists: the data was erased.

    Raises:
        BrokenBoxError: the box is not what was sealed at this place with this key.
    """
    key = keys.get(box.key)
    if key is None:
        return None
    if not hmac.compare_digest(commit(key), box.commitment):
        raise BrokenBoxError
    try:
        sealed = _bytes(box.sealed)
        plain = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.bound(box.kind))
        content: dict[str, Any] = orjson.loads(plain)
    except (InvalidTag, ValueError):
        raise BrokenBoxError from None
    return content


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
