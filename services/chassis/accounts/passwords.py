"""Passwords: argon2id, always the same work, never more than a few at once."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""A check takes 19 MiB: many at once must not take the memory of a service."""

# OWASP's smallest recommendation for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def nobodys() -> str:
    """A hash that no password fits, for accounts that do not exist: they take the same work."""
    return _HASHER.hash("nobody's")


class Passwords:
    """Hashes and checks them beside the loop."""

    def __init__(self) -> None:
        """Nothing is done before the first use."""
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, password: str) -> str:
        """What is stored of a password."""
        async with self._slots:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def fits(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; against nothing stored, after the same work, it is not."""
        async with self._slots:
            right = await asyncio.to_thread(_verified, password, stored or nobodys())
        return right and stored is not None


def _verified(password: str, stored: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
