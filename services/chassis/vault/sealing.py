"""Sealing and opening boxes: AES-256-GCM with the box's place as associated data and a key commitment.

A box is as long as its content, so a content is padded before it is sealed: from the lengths in a stolen copy nothing
is learnt of a person (ADR 0029).

The ciphers of ``eventsourcing`` bind no context (two ciphertexts can be swapped unnoticed) and use one key for
everything (so nothing can be erased): hence this code over ``cryptography``.
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

LEAST: Mapping[str, int] = {"screening": 1536, "outcome": 64, "appointment_at": 64}
"""The shortest padded content of a field, in bytes: what a form with ordinary answers needs, or any code or moment."""
LEAST_OF_OTHERS = 512
"""That of every other field: a name, a document and a telephone number, whatever they are, or the grounds of most
referrals."""
DOUBLED_UP_TO = 16_384
STEP_ABOVE = 4096
PADDED_UP_TO = 40_960
"""A longer content, which only a refused document has, is sealed as it is: padded, it might not fit in an entry."""


class BrokenBoxError(Exception):
    """The key exists but the box cannot be opened: it was changed or moved."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place that a box is bound to. Moved to another event, or to another field, it can no longer be opened."""

    stream: UUID
    version: int
    event: str
    field: str

    def bound(self, kind: BoxClass) -> bytes:
        """The place as associated data of AES-GCM."""
        return b'["%b", %d, %b' % (str(self.stream).encode(), self.version, _in_an_event(self.event, self.field, kind))


@lru_cache(maxsize=256)
def _in_an_event(event: str, field: str, kind: BoxClass) -> bytes:
    """The end of a place's JSON list, cached because only few values occur."""
    return json.dumps([event, field, kind.value])[1:].encode()


def commit(key: bytes) -> str:
    """The commitment that a box shows of its key: it identifies the key without disclosing anything about it."""
    return _text(hmac.digest(key, COMMITMENT, hashlib.sha256))


def fingerprint(key: bytes, content: bytes) -> bytes:
    """A keyed hash of 32 bytes for comparing contents, which is worthless once the key is destroyed.

    A plain hash would survive erasure, and names and telephone numbers could be guessed from it.
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
    """Seals a JSON object, or its bytes, for one place, padded. Sealing it twice gives two different boxes.

    ``commitment`` is that of the key, if the caller has it from a box that it just opened.
    """
    nonce = os.urandom(NONCE_BYTES)
    plain = content if isinstance(content, bytes) else orjson.dumps(content)
    padded = plain.ljust(padded_length(len(plain), place.field))  # JSON may end with spaces: it is read as before
    sealed = nonce + AESGCM(key).encrypt(nonce, padded, place.bound(kind))
    return Box(key=key_id, kind=kind, commitment=commitment or commit(key), sealed=_text(sealed))


def padded_length(length: int, field: str) -> int:
    """The length in bytes to which a field's content is padded: one of few, each twice the one before, then in steps.

    The numbers of a person's answers, harm events or names are not told by it, but whether a text is long is.
    """
    if length > DOUBLED_UP_TO:
        return length if length > PADDED_UP_TO else -(-length // STEP_ABOVE) * STEP_ABOVE
    least = LEAST.get(field, LEAST_OF_OTHERS)
    doublings = 0 if length <= least else ((length - 1) // least).bit_length()
    return min(least << doublings, DOUBLED_UP_TO)


def open_box(box: Box, place: Place, keys: Mapping[UUID, bytes]) -> dict[str, Any] | None:
    """The content; ``None`` if its key no longer exists: the data was erased, or the key was lost.

    The log pins the key by its commitment: another key under the same id is the successor of one that was lost.

    Raises:
        BrokenBoxError: the box was changed, or not sealed for this place.
    """
    key = keys.get(box.key)
    if key is None or not hmac.compare_digest(commit(key), box.commitment):
        return None
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
