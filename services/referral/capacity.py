"""Whether there is room, as shelters and desks say it of themselves, each time for a while (domain.md §6, §8).

After it expires nobody is told that it was so: an old answer is worse than none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from events.vocabulary import Capacity
from services.chassis.errors import ServiceError

LONGEST = timedelta(days=7)
"""Nobody knows for longer whether there will be room."""


class ExpiryError(ServiceError):
    """What is said of room must end, in the future and within a week."""

    code = "expiry_out_of_range"
    status = 422
    es = "La vigencia debe terminar en el futuro y dentro de siete días."
    en = "It must expire in the future, and within seven days."


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of their room."""

    capacity: Capacity
    beds: int | None
    since: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of it at a moment."""

    capacity: Capacity
    beds: int | None = None
    since: datetime | None = None
    expires_at: datetime | None = None


def known(said: Said | None, at: datetime) -> Known:
    """What may be shown at a moment: as it was said, or nothing."""
    if said is None:
        return Known(Capacity.UNKNOWN_STALE)
    if said.expires_at <= at or said.capacity is Capacity.UNKNOWN_STALE:
        return Known(Capacity.UNKNOWN_STALE, since=said.since, expires_at=said.expires_at)
    return Known(said.capacity, said.beds, said.since, said.expires_at)


def check_expiry(expires_at: datetime, at: datetime) -> None:
    """Whether it may be said for so long.

    Raises:
        ExpiryError: it is over already, or too far away.
    """
    if not at < expires_at <= at + LONGEST:
        raise ExpiryError
