"""Starts an embedded server again that has ended by itself, and gives up if it does not stay up."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

import structlog

from services.local.lock import AlreadyRunning
from services.local.nats import NatsServer
from services.local.postgres import PostgresServer
from services.local.processes import CannotStart

logger = structlog.get_logger(__name__)

WAITS: Sequence[float] = (0.2, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 30.0, 30.0, 30.0)
"""Seconds before each attempt in a row; after the last one it is given up (about three minutes)."""
STAYED = 60.0
"""Seconds after which a server that ends again has been well in between: it is begun with the first wait."""
ROOM = 64 << 20
"""Free bytes without which no attempt counts: a full disk is waited for, however long that takes."""
LOOK = 2.0
"""Seconds between two looks at a full disk."""


class GivenUpError(CannotStart):
    """A server ended again and again."""


class Keeper:
    """Keeps one server running."""

    def __init__(
        self,
        name: str,
        server: PostgresServer | NatsServer,
        data: Path,
        *,
        waits: Sequence[float] | None = None,
        free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        """``name``: for the log. ``free``: the free bytes of the disk with the data."""
        self._name, self._server, self._data = name, server, data
        self._waits, self._free = WAITS if waits is None else waits, free

    async def run(self) -> None:
        """Returns never: it is cancelled before the server is stopped for good.

        Raises:
            GivenUpError: the server does not stay up.
        """
        failures = 0
        while True:
            begun = monotonic()
            code = await self._server.ended()
            logger.error("server_ended", code=self._name, status=code)
            if monotonic() - begun > STAYED:
                failures = 0
            while not await self._again(failures):
                failures += 1
            failures += 1
            logger.warning("server_started_again", code=self._name, count=failures)

    async def _again(self, failures: int) -> bool:
        """One attempt, after its wait; whether the server runs again."""
        if failures >= len(self._waits):
            raise GivenUpError(f"{self._name}: {self._server.said()}")
        await asyncio.sleep(self._waits[failures])
        while self._free(self._data) < ROOM:  # noqa: ASYNC110  a disk sets no event
            await asyncio.sleep(LOOK)
        try:
            await self._server.stop()
            await self._server.clear_leftovers()
            await self._server.start()
        except (CannotStart, AlreadyRunning, OSError) as error:
            logger.warning("server_did_not_start", code=self._name, error=type(error).__name__)
            return False
        return True
