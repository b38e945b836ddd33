"""Capacity as shelters and desks report it, each time for a limited time (domain.md §6, §8).

An expired report is not shown: an old answer is worse than none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from events.vocabulary import Capacity
from services.chassis.errors import ServiceError

MAX_VALIDITY = timedelta(days=7)
"""Nobody can tell for longer whether there will be room."""


class ExpiryError(ServiceError):
    """A report of capacity must expire in the future and within a week."""

    code = "expiry_out_of_range"
    status = 422


@dataclass(frozen=True, slots=True)
class CapacityReport:
    """A report of capacity, as it was made."""

    capacity: Capacity
    beds: int | None
    since: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CurrentCapacity:
    """What is known of a capacity at a moment."""

    capacity: Capacity
    beds: int | None = None
    since: datetime | None = None
    expires_at: datetime | None = None


def current_capacity(report: CapacityReport | None, at: datetime) -> CurrentCapacity:
    """The reported capacity while the report is valid; ``unknown_stale`` otherwise."""
    if report is None:
        return CurrentCapacity(Capacity.UNKNOWN_STALE)
    if report.expires_at <= at or report.capacity is Capacity.UNKNOWN_STALE:
        return CurrentCapacity(Capacity.UNKNOWN_STALE, since=report.since, expires_at=report.expires_at)
    return CurrentCapacity(report.capacity, report.beds, report.since, report.expires_at)


def check_expiry(expires_at: datetime, at: datetime) -> None:
    """Checks how long a report is to be valid.

    Raises:
        ExpiryError: it is not in the future, or more than a week away.
    """
    if not at < expires_at <= at + MAX_VALIDITY:
        raise ExpiryError
