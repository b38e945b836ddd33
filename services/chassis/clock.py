"""Clock and ids are passed as arguments, so that a test covers two weeks in a second and a replay repeats exactly."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the time, with an offset."""

NewId = Callable[[], UUID]
"""Returns a new unique id."""

MEXICO = ZoneInfo("America/Mexico_City")
"""The programme's time zone, in which times are shown and days and office hours are counted."""

MAX_SKEW = timedelta(minutes=5)
"""A device clock that differs by more is flagged; one that is ahead decides nothing (domain.md §4)."""


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def random_id() -> UUID:
    """A random id."""
    return uuid4()
