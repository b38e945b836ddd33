"""Passwords: argon2id, the same work for every check, in threads of its own."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.chassis.errors import ServiceError
from services.chassis.identity.guessable import is_guessable
from services.chassis.text import opaque_string, spellings

T = TypeVar("T")

MAX_PARALLEL_HASHES = 2
"""A check takes 19 MiB: many parallel ones would exhaust the memory of a service."""
MAX_WAITING = 200
"""Checks that may wait for one of the threads: some seconds of work."""

# OWASP's smallest recommendation for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class BusyError(ServiceError):
    """More people sign in at this moment than can be checked."""

    code = "busy"
    status = 503


@cache
def nobodys() -> str:
    """A hash that no password matches: checking an account that does not exist takes the same work."""
    return _HASHER.hash("nobody's")


class Passwords:
    """Hashes and checks passwords in threads that nothing else uses: what hangs elsewhere does not stop a sign-in."""

    def __init__(self) -> None:
        """Starts no thread before the first use."""
        self._threads = ThreadPoolExecutor(MAX_PARALLEL_HASHES, thread_name_prefix="argon2")
        self._waiting = 0

    async def hashed(self, password: str) -> str:
        """The argon2id hash of a password, for storing.

        Raises:
            BusyError: too many wait already.
        """
        return await self._run(lambda: _HASHER.hash(opaque_string(password)))

    async def fits(self, password: str, stored: str | None) -> bool:
        """Whether the password matches; false, after the same work, if none is stored.

        Hashes of earlier times are of the text as it was typed, so every spelling is tried. Their number depends on
        what is typed, never on what is stored.

        Raises:
            BusyError: too many wait already.
        """
        right = await self._run(lambda: [_verified(one, stored or nobodys()) for one in spellings(password)])
        return any(right) and stored is not None

    async def guessable(self, password: str, more: Iterable[str]) -> bool:
        """Whether somebody would try this password first.

        Raises:
            BusyError: too many wait already.
        """
        return await self._run(lambda: is_guessable(password, more))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise BusyError(retry_after=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _verified(password: str, stored: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
