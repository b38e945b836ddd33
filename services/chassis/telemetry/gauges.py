"""Values that are read when somebody asks for them: what they are called, what they mean, and the labels they have.

A label's values come from lists that are closed before anybody sends anything: services, urgencies, channels that are
configured, codes of ours. Never from a request, an event's content or a row's id.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg


@dataclass(frozen=True, slots=True)
class Gauge:
    """A kind of value."""

    name: str
    """Without the prefix; it ends with its unit."""
    meaning: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a gauge. ``labels`` in the gauge's order, without the service."""

    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


GaugeLook = Callable[[asyncpg.Connection], Awaitable[Sequence[Sample]]]
"""Reads the service's own tables, as the system, at the cost of an index however many rows there are."""
Tell = Callable[[], Sequence[Sample]]
"""Tells what the process has in memory."""


def seconds_since(at: datetime | None, now: datetime) -> float:
    """The age of something; 0: there is none."""
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
