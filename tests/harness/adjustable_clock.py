"""A clock that goes on by itself, and that a test moves ahead."""

from datetime import datetime, timedelta

from services.chassis.clock import system_clock


class AdjustableClock:
    """The system's own, so much ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead
