"""What is kept of a slip: how to find it, and how to tell that somebody knows both code and word.

Neither is kept. A slip is found by a keyed digest of its code, whose key is not in the database; that the word is right
is told by argon2id over code and word (RFC 9106).
"""

import asyncio
import hashlib
import hmac
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import Type

LOOKUP = b"canaliza slip lookup v1"
MEMORY_KIB, ROUNDS, LANES = 19_456, 2, 1
"""OWASP's least for argon2id: about 2^19 steps a guess over 19 MiB, a few hundredths of a second here."""

AT_ONCE = 2
"""So many are computed at once: 40 MiB, whatever comes in."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


@cache
def _nobodys() -> str:
    """The verifier of a slip that does not exist: to find none takes as long as to find one."""
    return _hasher().hash(b"\x00")


def lookup_of(key: bytes, code: str) -> bytes:
    """Where a slip is found: 16 bytes that tell nothing to whoever lacks the key."""
    return hmac.digest(key, b"code\x00" + code.encode(), hashlib.sha256)[:16]


class Verifiers:
    """Makes and checks verifiers, in threads of their own: others' requests do not wait for it."""

    def __init__(self) -> None:
        """For one process."""
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def of(self, code: str, word: str) -> str:
        """What is stored of both. ``word`` is folded."""
        async with self._at_once:
            return await asyncio.to_thread(_hasher().hash, _together(code, word))

    async def fits(self, verifier: str | None, code: str, word: str) -> bool:
        """Whether both are right. Without a verifier it takes as long, and they are not."""
        async with self._at_once:
            fits = await asyncio.to_thread(_verify, verifier or _nobodys(), _together(code, word))
        return fits and verifier is not None


def _verify(verifier: str, secret: bytes) -> bool:
    try:
        return _hasher().verify(verifier, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _together(code: str, word: str) -> bytes:
    return code.encode() + b"\x00" + word.encode()
