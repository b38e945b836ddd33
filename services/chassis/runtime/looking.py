"""Looks at something that may not answer, such as a frozen database, within a time limit and once at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

import asyncpg
import structlog

from services.chassis.errors import ServiceError

T = TypeVar("T")

logger = structlog.get_logger(__name__)


class TimedLook(Generic[T]):
    """One look, shared by whoever asks while it lasts: questions about a frozen server do not pile up."""

    def __init__(self, look: Callable[[], Coroutine[Any, Any, T]], limit: float) -> None:
        """``limit``: seconds that a caller waits."""
        self._look = look
        self._limit = limit
        self._task: asyncio.Task[T] | None = None

    async def __call__(self) -> T | None:
        """What was found; ``None``: no answer in time, or an outage.

        The look itself is not cancelled: a driver waits for a frozen server to confirm a cancellation.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        task = self._task
        await asyncio.wait({task}, timeout=self._limit)
        if not task.done():
            return None
        try:
            return task.result()
        except (ServiceError, asyncpg.PostgresError, OSError, TimeoutError) as error:
            logger.warning("health_not_known", error=type(error).__name__)
            return None

    async def close(self) -> None:
        """Ends a look that has not ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=self._limit)
