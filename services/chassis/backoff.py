"""Exponential back-off: how long to wait after a failure."""

from datetime import timedelta

_ENOUGH = 64
"""Attempts after which every wait has reached its limit; a larger power would cost time, and finally overflow."""


def backoff(attempt: int, *, first: timedelta, longest: timedelta, factor: int = 2) -> timedelta:
    """The wait after failure ``attempt`` (from 1): ``first``, then ``factor`` times as long each, up to ``longest``."""
    times = factor ** min(max(attempt - 1, 0), _ENOUGH)
    return longest if times >= longest / first else first * times


def spread(wait: timedelta, luck: float) -> timedelta:
    """A randomised wait, so that not all retry at once: half of ``wait``, plus ``luck`` (0 to 1) of the other half."""
    return wait * (0.5 + luck / 2)
