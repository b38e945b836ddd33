"""The second factor: time-based codes (RFC 6238), valid once each, and printed recovery codes."""

import base64
import hashlib
import hmac
import os
import secrets
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis.text import typed_code

STEP = 30
"""Seconds that a code is shown."""
SKEW = 1
"""Steps that a telephone's clock may be wrong in either direction."""
CODES = 10
_NONCE = 12
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_secret() -> str:
    """A secret for an authenticator, in base32."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, person: str) -> str:
    """The ``otpauth:`` URI for an authenticator, which shows the person's code, never a name."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name="canaliza")


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step of a code, within ``SKEW`` steps of ``at``; ``None``: the code is of none of them."""
    given = "".join(typed_code(code).split())
    now = int(at.timestamp()) // STEP
    found = None
    for step in range(now - SKEW, now + SKEW + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP).encode(), given.encode()):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Recovery codes to print, each valid once: 10 characters, 49 bits, throttled like passwords."""
    return ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(CODES)]


def recovery_hash(key: bytes, person: str, code: str) -> bytes:
    """The keyed hash that is stored of a recovery code, which is too short for a hash without a key."""
    plain = "".join(typed_code(code).upper().replace("-", " ").split())
    return hmac.digest(key, f"recovery {person} {plain}".encode(), hashlib.sha256)


def sealed(key: bytes, person: str, secret: str) -> bytes:
    """The encrypted secret, bound to its person (AES-256-GCM)."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), f"totp {person}".encode())


def opened(key: bytes, person: str, box: bytes) -> str | None:
    """The decrypted secret; ``None``: it was sealed for another person, or with another key."""
    try:
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], f"totp {person}".encode()).decode()
    except InvalidTag:
        return None


def key_from(encoded: str) -> bytes:
    """The installation's key for accounts."""
    return base64.b64decode(encoded)
