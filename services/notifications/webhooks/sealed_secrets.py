"""Seals webhooks' secrets with a key that is not in the database; each opens in its own row only."""

import base64
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"canaliza webhook secrets 1"
NONCE_BYTES = 12


class SecretLostError(RuntimeError):
    """A secret does not open: the key is not the one that sealed it, or the row was changed."""


class SealedSecrets:
    """Seals and opens with a key that is derived from the installation's key for links."""

    def __init__(self, link_key: str, random: Callable[[int], bytes]) -> None:
        """``link_key``: 64 bytes, base64; ``random`` returns so many random bytes."""
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(base64.b64decode(link_key))
        self._box = AESGCM(derived)
        self._random = random

    def seal(self, hook: UUID, secret: str) -> bytes:
        """The secret of a webhook as it is stored."""
        nonce = self._random(NONCE_BYTES)
        return nonce + self._box.encrypt(nonce, secret.encode(), hook.bytes)

    def open(self, hook: UUID, sealed: bytes) -> str:
        """The secret of a webhook.

        Raises:
            SecretLostError: it does not open.
        """
        try:
            return self._box.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], hook.bytes).decode()
        except (InvalidTag, ValueError):
            raise SecretLostError from None
