"""Which channel a failed delivery is tried on next, and after how long. Pure."""

from datetime import timedelta

from events.vocabulary import Urgency
from services.chassis.backoff import backoff

_FIRST = timedelta(seconds=5)
_FACTOR = 3
_LIMITS = {Urgency.U0: timedelta(minutes=1), Urgency.U1: timedelta(minutes=5)}
_LIMIT_OTHERWISE = timedelta(minutes=30)


def after_failure(urgency: Urgency, attempt: int, way: int, ways: int) -> tuple[int, timedelta]:
    """The next channel (from 1) and the wait before it: the next one at once; after the last the first, later.

    ``attempt`` counts from 1 over all channels; ``way`` is the channel that failed, of ``ways``.
    """
    if way < ways:
        return way + 1, timedelta(0)
    return 1, next_attempt(urgency, max(1, round(attempt / max(ways, 1))))


def next_attempt(urgency: Urgency, attempt: int) -> timedelta:
    """The wait after a failed attempt: three times as long each time, at most a minute for U0 and five for U1."""
    longest = _LIMITS.get(urgency, _LIMIT_OTHERWISE)
    return backoff(attempt, first=_FIRST, longest=longest, factor=_FACTOR)
