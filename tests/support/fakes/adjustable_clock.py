"""A clock that goes on by itself, and that a test moves ahead."""

from datetime import datetime, timedelta

from services.chassis.clock import system_clock


class AdjustableClock:
    """The system's own, so much ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._still: datetime | None = None

    def stand_still(self) -> None:
        """It goes on by the test's hand alone: a busy machine lets no wait run out."""
        self._still = system_clock()

    def __call__(self) -> datetime:
        return (self._still or system_clock()) + self.ahead
