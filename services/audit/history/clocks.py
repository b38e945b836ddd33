"""The clocks of a fact: when it happened by the reporter's clock, and when it was stored by ours. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from events.contract import Event, Recorded
from events.intake import CaseOpened

APART = timedelta(minutes=1)
"""Facts whose two times are closer were recorded as they happened."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The times of one fact that came from elsewhere than the server."""

    occurred_at: datetime
    recorded_at: datetime
    device: str | None = None
    sequence: int | None = None
    """The record's number on the device."""
    sent_at: datetime | None = None
    skew: timedelta | None = None
    """Server time minus the device's when it sent; ``None``: the device did not say."""
    skewed: bool = False
    """Whether the device's clock is off by more than is tolerated."""
    late: timedelta | None = None
    """By how much it was recorded later than it happened, if it came in a later batch."""

    @property
    def apart(self) -> timedelta:
        """How much later than it happened it was stored."""
        return self.recorded_at - self.occurred_at


def clocks_of(fact: Recorded[Event]) -> Clocks | None:
    """The clocks of a fact; ``None`` if it was recorded as it happened, by the server's own clock."""
    event = fact.event
    if isinstance(event, CaseOpened):
        return Clocks(
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            device=event.device,
            sequence=event.device_sequence,
            sent_at=event.sent_at,
            skew=None if event.skew_seconds is None else timedelta(seconds=event.skew_seconds),
            skewed=event.skew_flagged,
            late=timedelta(seconds=event.late_seconds) if event.late_seconds else None,
        )
    if abs(fact.recorded_at - fact.occurred_at) < APART:
        return None
    return Clocks(occurred_at=fact.occurred_at, recorded_at=fact.recorded_at)
