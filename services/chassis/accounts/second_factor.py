"""The second factor: codes by time (RFC 6238), good once each, and printed codes for when the telephone is lost."""

import base64
import hashlib
import hmac
import os
import secrets
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

STEP = 30
"""Seconds that a code is shown for."""
SKEW = 1
"""Steps that a telephone's clock may be off, either way."""
CODES = 10
_NONCE = 12
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_secret() -> str:
    """A secret to be shared with a telephone, in base32."""
    return pyotp.random_base32()


def address_of(secret: str, person: str) -> str:
    """What an authenticator reads: it shows the person's code, never a name."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name="canaliza")


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, if it is one of those around now."""
    given = "".join(code.split())
    now = int(at.timestamp()) // STEP
    found = None
    for step in range(now - SKEW, now + SKEW + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP).encode(), given.encode()):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Codes to be printed, each good once: 10 characters, 49 bits, throttled like passwords."""
    return ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(CODES)]


def recovery_hash(key: bytes, person: str, code: str) -> bytes:
    """What is stored of one. Keyed: a code is too short to be safe under a bare hash."""
    plain = "".join(code.upper().replace("-", " ").split())
    return hmac.digest(key, f"recovery {person} {plain}".encode(), hashlib.sha256)


def sealed(key: bytes, person: str, secret: str) -> bytes:
    """The secret as it is stored, bound to whose it is."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), f"totp {person}".encode())


def opened(key: bytes, person: str, box: bytes) -> str | None:
    """The secret; ``None``: sealed for somebody else, or with another key."""
    try:
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], f"totp {person}".encode()).decode()
    except InvalidTag:
        return None


def key_from(encoded: str) -> bytes:
    """The installation's key for accounts."""
    return base64.b64decode(encoded)
