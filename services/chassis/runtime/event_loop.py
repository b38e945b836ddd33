"""Runs a serving process on uvloop, with a garbage collector that ignores long-lived objects.

Python's collector starts whenever 700 more objects were made than freed, which a batch of referrals does many times,
and then visits everything that a service keeps. Almost nothing here is in a cycle (ADR 0013 has the figures).
"""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

YOUNG, OLDER, OLDEST = 50_000, 20, 20
"""Thresholds of the collector's generations: objects made and not freed, then collections of the younger generation."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end, as ``asyncio.run`` does, Ctrl-C included."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def settle() -> None:
    """Exempts every existing object from garbage collection; called once everything is loaded and started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDEST)
