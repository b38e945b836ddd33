"""The demonstration's clocks, which show the 12th of June 2013."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from services.chassis.clock import Clock

SLOW_PACE = 0.1
"""Played seconds for each real second: on a slow machine the system still meets the played deadlines."""


class PlayedClock:
    """Shows the moment it was set to plus a part of the real time that has passed since.

    It never stops and never goes back. Only the demonstration sets it forward, after the system has done all that was
    due: on a busy machine the clock waits for the system.
    """

    def __init__(self, start: datetime, elapsed: Callable[[], float] = monotonic) -> None:
        """Starts at ``start``, slowly. ``elapsed``: the machine's monotonic clock in seconds."""
        self._elapsed = elapsed
        self._moment = start
        self._since = elapsed()
        self._pace = SLOW_PACE

    def __call__(self) -> datetime:
        """The played time."""
        return self._moment + timedelta(seconds=self._pace * (self._elapsed() - self._since))

    def advance_to(self, moment: datetime) -> None:
        """Jumps forward; a moment that has passed already changes nothing."""
        if moment > self():
            self._moment, self._since = moment, self._elapsed()

    def run_freely(self) -> None:
        """Runs at real speed from now on: the demonstration is over."""
        self._moment, self._since, self._pace = self(), self._elapsed(), 1.0


class PausedClock:
    """Shows one moment until it is resumed, and another clock after that.

    The day is played in seconds, too fast for a desk to answer in time. The escalation clock is therefore paused until
    the day is over.
    """

    def __init__(self, clock: Clock) -> None:
        """Pauses at the moment that ``clock`` shows now."""
        self._clock = clock
        self._paused_at: datetime | None = clock()

    def __call__(self) -> datetime:
        """The time it shows."""
        return self._paused_at or self._clock()

    def resume(self) -> None:
        """Follows the other clock from now on."""
        self._paused_at = None
