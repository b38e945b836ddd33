"""The demonstration's clock: it shows the 12th of June 2013 and moves on with what is played."""

from datetime import datetime, timedelta
from time import monotonic

from services.chassis.clock import Clock


class PlayedClock:
    """Says the moment it was set to, plus the time that really passed since: it never stands still, never goes back."""

    def __init__(self, start: datetime) -> None:
        """Begins at ``start``."""
        self._moment = start
        self._since = monotonic()

    def __call__(self) -> datetime:
        """The played time."""
        return self._moment + timedelta(seconds=monotonic() - self._since)

    def advance_to(self, moment: datetime) -> None:
        """Jumps forward; a moment that has passed already changes nothing."""
        if moment > self():
            self._moment, self._since = moment, monotonic()


class HeldClock:
    """Stands still at a moment until it is let go, and then shows another clock.

    The day is played in seconds: by its own clock no desk could answer in time. So nobody's silence counts before the
    day is over, and then all of it does.
    """

    def __init__(self, clock: Clock) -> None:
        """Stands at the moment that ``clock`` shows now."""
        self._clock = clock
        self._held: datetime | None = clock()

    def __call__(self) -> datetime:
        """The time it shows."""
        return self._held or self._clock()

    def let_go(self) -> None:
        """From now on time passes."""
        self._held = None
