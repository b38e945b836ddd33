"""How a process that serves runs: on uvloop, with a garbage collector that leaves long-lived objects alone.

Python's collector starts whenever 700 objects more were made than freed, which a batch of referrals does many times
over, and looks through all that a service holds on to. Almost nothing here is in a cycle (ADR 0013 has the figures).
"""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

YOUNG, OLDER, OLDEST = 50_000, 20, 20
"""Objects made and not freed, then collections of the younger generation, after which each generation is looked at."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs to the end, as ``asyncio.run`` does, Ctrl-C included."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def settle() -> None:
    """Once everything is loaded and started: what is there now stays, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDEST)
