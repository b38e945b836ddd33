"""The stored credentials of a slip: a look-up digest and a verifier. Neither code nor word is stored.

A slip is found by a keyed digest of its code, whose key is not in the database. The verifier is argon2id (RFC 9106)
over code and word.
"""

import asyncio
import hashlib
import hmac
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import Type

MEMORY_KIB, ROUNDS, LANES = 19_456, 2, 1
"""OWASP's minimum for argon2id: 19 MiB and two passes a guess, a few hundredths of a second here."""

MAX_CONCURRENT_HASHES = 2
"""Limits the memory that verifying takes to 40 MiB, however many requests arrive."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


@cache
def _decoy_verifier() -> str:
    """Compared when no slip is found, so that the answer takes as long."""
    return _hasher().hash(b"\x00")


def lookup_of(key: bytes, code: str) -> bytes:
    """The 16-byte keyed digest under which a slip is stored."""
    return hmac.digest(key, b"code\x00" + code.encode(), hashlib.sha256)[:16]


class Verifiers:
    """Makes and checks verifiers in threads, so that other requests do not wait."""

    def __init__(self) -> None:
        """One instance limits one process."""
        self._limit = asyncio.Semaphore(MAX_CONCURRENT_HASHES)

    async def of(self, code: str, word: str) -> str:
        """The verifier to store. ``word`` is normalised."""
        async with self._limit:
            return await asyncio.to_thread(_hasher().hash, _secret_of(code, word))

    async def fits(self, verifier: str | None, code: str, word: str) -> bool:
        """Whether code and word match the verifier. Without a verifier: false, after the same time."""
        async with self._limit:
            fits = await asyncio.to_thread(_verify, verifier or _decoy_verifier(), _secret_of(code, word))
        return fits and verifier is not None


def _verify(verifier: str, secret: bytes) -> bool:
    try:
        return _hasher().verify(verifier, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _secret_of(code: str, word: str) -> bytes:
    return code.encode() + b"\x00" + word.encode()
