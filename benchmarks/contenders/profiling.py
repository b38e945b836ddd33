"""Where a service's time goes: a profile of its loop's thread while it is under load.

The clock is the thread's processor time, so that waiting, for the network or for a turn on a core, does not count.
"""

import asyncio
import cProfile
import io
import pstats
import time
from pathlib import Path

PROFILED_FUNCTIONS = 25


class Profiling:
    """One profile, from ``start`` to ``finish``."""

    def __init__(self) -> None:
        """Nothing is profiled yet."""
        self._profile = cProfile.Profile()

    async def start(self) -> None:
        """From now on."""
        self._profile = cProfile.Profile(time.thread_time)
        self._profile.enable()

    async def finish(self, *, path: str) -> None:
        """Until now: the functions that took most, by their own time and with all they called."""
        self._profile.disable()
        text = io.StringIO()
        for order in ("tottime", "cumulative"):
            pstats.Stats(self._profile, stream=text).strip_dirs().sort_stats(order).print_stats(PROFILED_FUNCTIONS)
        await asyncio.to_thread(Path(path).write_text, text.getvalue(), encoding="utf-8")
