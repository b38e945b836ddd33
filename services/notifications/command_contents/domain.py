"""Digests of commands' contents: equal for equal contents, and useless for guessing an address. Pure."""

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"canaliza command contents 1"


@lru_cache(maxsize=8)
def content_key(link_key: str) -> bytes:
    """The key of the digests, derived from the installation's key for links (64 bytes, base64)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(base64.b64decode(link_key))


def digest(key: bytes, content: Any) -> bytes:
    """32 bytes of HMAC-SHA-256 of the content as JSON; values that JSON lacks are written as text."""
    return hmac.digest(key, json.dumps(content, sort_keys=True, default=str).encode(), hashlib.sha256)
