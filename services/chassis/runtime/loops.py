"""Runs a service's background loops, starts them again when they fail, and knows of each whether it works."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import structlog

from services.chassis.liveness import LoopHealth, watched
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.runtime.checks import Check

logger = structlog.get_logger(__name__)

Run = Callable[..., Coroutine[Any, Any, None]]

RESTART_SECONDS = 1.0


def name_of(run: Run) -> str:
    """A loop's name: the class whose method it is, otherwise the function's own name."""
    function = run.func if isinstance(run, partial) else run
    owner = getattr(function, "__self__", None)
    return getattr(function, "__name__", "loop") if owner is None else type(owner).__name__


class Loops:
    """The loops of one service."""

    def __init__(self, service: str) -> None:
        """None runs yet."""
        self._service = service
        self._health: dict[str, LoopHealth] = {}

    async def keep(self, name: str, run: Run, *, ends: bool = False) -> None:
        """Runs a loop until cancelled, and again whenever it fails.

        ``ends``: it may end by itself, as a follower does with an alarm, and is not started again then.
        """
        health = self._health[name] = LoopHealth(name)
        try:
            with watched(health):
                await self._keep(health, run, ends=ends)
        except asyncio.CancelledError:
            self._health.pop(name, None)  # ended on purpose, such as that of an instance that leads no more
            raise

    async def _keep(self, health: LoopHealth, run: Run, *, ends: bool) -> None:
        while True:
            raise_if_cancelled()
            try:
                await run()
                if ends:
                    health.ended()
                    return
            except Exception:
                health.failed()
                logger.exception("loop_failed", service=self._service)
            await asyncio.sleep(RESTART_SECONDS)

    def checks(self, limit: float) -> Sequence[Check]:
        """One check for each loop; ``limit``: seconds that a loop may be silent."""
        found = []
        for name, health in sorted(self._health.items()):
            silent = health.silent_for(limit)
            found.append(Check(code="loop", ok=silent is None, seconds=silent, limit=limit, about=name))
        return found
