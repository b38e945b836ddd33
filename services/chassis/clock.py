"""Time and identity are handed in, so that a test lives two weeks in a second and a replay is the same twice."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

Clock = Callable[[], datetime]
"""Says what time it is, with an offset."""

NewId = Callable[[], UUID]
"""Makes an id that nothing has had before."""


def system_clock() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


def random_id() -> UUID:
    """A random id."""
    return uuid4()
