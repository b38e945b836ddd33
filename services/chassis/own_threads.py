"""Threads of one purpose for calls that block: what hangs there takes no thread from anything else.

The loop's own executor has few threads and serves everybody: a mail server that says nothing held all of them, and
nobody could sign in. A thread cannot be ended from outside, so its place is taken until its call has really ended.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class OwnThreads:
    """Runs blocking calls on threads of its own, so many at a time."""

    def __init__(self, name: str, at_once: int) -> None:
        """``name`` names the threads; calls over ``at_once`` wait for a place."""
        self._name = name
        self._places = asyncio.Semaphore(at_once)

    async def run(self, call: Callable[[], T], *, seconds: float) -> T:
        """The call's result, or its exception.

        Raises:
            TimeoutError: it has not ended within so many seconds, the wait for a place included. It goes on by itself.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            await self._places.acquire()
            ended: asyncio.Future[T] = loop.create_future()
            # Daemonic: a process does not wait for somebody else's server before it ends.
            threading.Thread(target=self._work, args=(call, ended, loop), name=self._name, daemon=True).start()
            return await ended

    def _work(self, call: Callable[[], T], ended: asyncio.Future[T], loop: asyncio.AbstractEventLoop) -> None:
        result: T | None = None
        fault: Exception | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - it is raised where the call is awaited
            fault = error

        def end() -> None:
            self._places.release()
            if ended.done():  # given up
                return
            if fault is not None:
                ended.set_exception(fault)
            else:
                ended.set_result(result)  # type: ignore[arg-type]  # without a fault it is a ``T``

        with suppress(RuntimeError):  # the loop has been closed
            loop.call_soon_threadsafe(end)
