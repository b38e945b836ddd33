"""Until when something is to be valid, chosen from a few moments drawn with the page; how long what is open stays.

The moments themselves are sent, not how far off they are: sent twice, a form says the same twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
CLOSES_AFTER = 300
"""Seconds without use after which what was opened is taken off the screen."""


def moments_from(now: datetime, spans: Sequence[timedelta]) -> list[datetime]:
    """The moments that are so far off, to the next whole minute."""
    start = (now + MINUTE).replace(second=0, microsecond=0)
    return [start + span for span in spans]
