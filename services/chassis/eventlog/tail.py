"""Follows a service's own log from its end on, whichever process of the service appends to it.

A listener of the log hears only its own process's commits. A service may run in several processes, any of which draws
pages and holds streams open: so the log itself is read, at once after an own commit and otherwise every second.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from events.contract import Event, Recorded
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.log_reader import LogReader

INTERVAL = 1.0
"""Seconds until the log is read without a wake-up: another process may have appended."""
BATCH_SIZE = 500


class Tail:
    """Hands on what is appended, in the order of the log, while somebody wants it."""

    def __init__(
        self,
        log: LogReader,
        handle: Callable[[Sequence[LogEntry]], Awaitable[None]],
        wanted: Callable[[], bool],
        interval: float = INTERVAL,
    ) -> None:
        """``handle`` gets what is appended; while nothing is ``wanted``, only the end of the log is looked at."""
        self._log = log
        self._handle = handle
        self._wanted = wanted
        self._interval = interval
        self._position: int | None = None
        self._news = asyncio.Event()

    def announce(self, _batch: Sequence[Recorded[Event]]) -> None:
        """Wakes the reading up; a listener of the log."""
        self._news.set()

    async def run(self) -> None:
        """Reads until cancelled. Started again after a failure, it goes on where it was."""
        if self._position is None:
            self._position = await self._log.head()
        while True:
            await self._wait()
            if not self._wanted():
                self._position = await self._log.head()
                continue
            while entries := await self._log.entries(after=self._position, limit=BATCH_SIZE):
                await self._handle(entries)
                self._position = entries[-1].position

    async def _wait(self) -> None:
        """Until something was appended here, or the interval is over; a burst is one wake-up."""
        if not self._wanted():
            await asyncio.sleep(self._interval)  # whoever begins to want it gets what came meanwhile, too
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._interval)
        self._news.clear()
