"""The demonstration's clock: it shows the 12th of June 2013 and moves on with what is played."""

from datetime import datetime, timedelta
from time import monotonic


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
