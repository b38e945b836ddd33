"""Codes in links of alerts: opaque, expiring, and bound to one referral. Access is checked after the sign-in.

A code is the referral's id and its expiry, under deterministic authenticated encryption (AES-SIV, RFC 5297): the same
alert has the same link however often it is sent, nobody can read or make one without the key, and nothing has to be
stored or queried across services.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from services.chassis.secrets.key_ring import KeyRing, ring_of

_FOR = [b"canaliza alert link 1"]
_LENGTH = 48
"""Characters: 16 bytes of tag, 16 of id and 4 of time, in base64url."""


@dataclass(frozen=True, slots=True)
class LinkContent:
    """The content of a code."""

    referral: UUID
    expires_at: datetime


class LinkCodes:
    """Makes and reads codes."""

    def __init__(self, keys: KeyRing | str) -> None:
        """Each key is base64 of 64 bytes."""
        self._keys = ring_of(keys)

    def code(self, referral: UUID, expires_at: datetime) -> str:
        """A referral's code. Its expiry is cut to the full second."""
        said = referral.bytes + struct.pack(">I", int(expires_at.timestamp()))
        return base64.urlsafe_b64encode(_cipher(self._keys()[0]).encrypt(said, _FOR)).decode()

    def read(self, code: str) -> LinkContent | None:
        """The content of a code; ``None``: it was made with none of the keys."""
        if len(code) != _LENGTH or not code.isascii():
            return None
        for key in self._keys():
            try:
                said = _cipher(key).decrypt(base64.b64decode(code, altchars=b"-_", validate=True), _FOR)
            except (InvalidTag, binascii.Error, ValueError):
                continue
            (expires,) = struct.unpack(">I", said[16:])
            return LinkContent(UUID(bytes=said[:16]), datetime.fromtimestamp(expires, UTC))
        return None


def _cipher(key: str) -> AESSIV:
    return AESSIV(base64.b64decode(key))
