"""The two times of a fact: when it happened, and when it was stored. A state is read by one of them. Pure."""

from datetime import datetime
from enum import StrEnum

from events.contract import Event, Recorded


class By(StrEnum):
    """By which of its two times a fact belongs to a moment."""

    RECORDED = "recorded"
    """By when it was stored: what the system knew then. Deadlines and alerts followed from that."""
    OCCURRED = "occurred"
    """By when it happened, as its reporter says: what was so then, also if it was stored later."""

    def time_of(self, fact: Recorded[Event]) -> datetime:
        """That time of a fact."""
        return fact.recorded_at if self is By.RECORDED else fact.occurred_at
