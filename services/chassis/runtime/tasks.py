"""Ends tasks for good, also those that swallow a cancellation."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

logger = structlog.get_logger(__name__)

CANCELLATIONS = 5


async def end(tasks: Iterable[asyncio.Task[Any]], *, service: str) -> None:
    """Cancels the tasks repeatedly: nats-py swallows a cancellation during its flush, or during an answer."""
    tasks = list(tasks)
    left = {task for task in tasks if not task.done()}
    for _ in range(CANCELLATIONS):
        for task in left:
            task.cancel()
        if not left:
            break
        _, left = await asyncio.wait(left, timeout=1)
    if left:
        logger.error("tasks_did_not_end", service=service, count=len(left))
    await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
