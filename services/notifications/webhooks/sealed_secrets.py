"""Seals webhooks' secrets with a key that is not in the database; each opens in its own row only."""

import base64
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.chassis.secrets.key_ring import KeyRing, ring_of

PURPOSE = b"canaliza webhook secrets 1"
NONCE_BYTES = 12


class SecretLostError(RuntimeError):
    """A secret does not open: the key is not the one that sealed it, or the row was changed."""


class SealedSecrets:
    """Seals and opens with keys that are derived from the installation's for links."""

    def __init__(self, link_keys: KeyRing | str, random: Callable[[int], bytes]) -> None:
        """``link_keys``: each 64 bytes, base64; ``random`` returns so many random bytes."""
        self._keys = ring_of(link_keys)
        self._random = random

    def seal(self, hook: UUID, secret: str) -> bytes:
        """The secret of a webhook as it is stored."""
        nonce = self._random(NONCE_BYTES)
        return nonce + _box(self._keys()[0]).encrypt(nonce, secret.encode(), hook.bytes)

    def open(self, hook: UUID, sealed: bytes) -> str:
        """The secret of a webhook.

        Raises:
            SecretLostError: it does not open.
        """
        for key in self._keys():
            with suppress(InvalidTag, ValueError):
                return _box(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], hook.bytes).decode()
        raise SecretLostError


@lru_cache(maxsize=8)
def _box(link_key: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(base64.b64decode(link_key)))
