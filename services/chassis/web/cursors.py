"""Cursors of lists: opaque, and bound to one list and one reader.

A place in a log is a counter of everything that is recorded, also of what the reader may not know of: two cursors
apart would tell how much happened between them. So a cursor is encrypted and authenticated (AES-SIV, RFC 5297) with the
list and the reader as associated data, and all cursors of a list have one length. They open nothing: what a page shows
is decided by who asks for it.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.chassis.authorization.policy import Principal
from services.chassis.errors import MalformedRequestError

KEY_BYTES = 64
MAX_LENGTH = 200
"""No cursor is longer, in characters."""
_PADDED_TO = 96
"""Bytes. No place is longer: a moment and two ids take 90."""


class Cursors:
    """Issues and reads the cursors of one service."""

    def __init__(self, key: bytes) -> None:
        """``key``: 64 bytes, the same in every process of the service."""
        self._cipher = AESSIV(key)

    def issue(self, of: str, by: Principal, place: str) -> str:
        """The cursor of a place in the list ``of``, for this reader only."""
        content = place.encode().ljust(_PADDED_TO)
        if len(content) > _PADDED_TO:
            raise ValueError(f"the place in {of} is too long for a cursor")
        return base64.urlsafe_b64encode(self._cipher.encrypt(content, _bound_to(of, by))).decode().rstrip("=")

    def read(self, cursor: str, of: str, by: Principal, *, field: str = "cursor") -> str:
        """The place that a cursor stands for.

        Raises:
            MalformedRequestError: it was not issued to this reader for this list.
        """
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            return self._cipher.decrypt(sealed, _bound_to(of, by)).decode().rstrip()
        except (InvalidTag, binascii.Error, ValueError):
            raise not_a_cursor(field) from None


def key_of(password: str) -> bytes:
    """The key of a service's cursors, derived from its first PostgreSQL password; a renewal keeps it (ADR 0056)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"canaliza cursors v1").derive(password.encode())


def not_a_cursor(field: str = "cursor") -> MalformedRequestError:
    """The refusal of a cursor that the list did not issue."""
    return MalformedRequestError(faults=[{"field": field, "code": "not_a_cursor"}])


def _bound_to(of: str, by: Principal) -> list[bytes]:
    return [b"canaliza cursor 1", of.encode(), by.actor.encode()]
