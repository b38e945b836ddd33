"""The entries that a process appended last, kept in memory for its relay, which would otherwise read them back."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from services.chassis.eventlog.log_entry import LogEntry

KEPT_ENTRIES = 2048


class RecentEntries:
    """A run of positions without a gap; it starts again where another process appended in between."""

    def __init__(self) -> None:
        """Begins empty."""
        self._run: deque[LogEntry] = deque(maxlen=KEPT_ENTRIES)

    @property
    def last(self) -> int:
        """The last position in memory; 0 when there is none."""
        return self._run[-1].position if self._run else 0

    def remember(self, entries: Sequence[LogEntry], first: int) -> None:
        """Adds entries that were committed from position ``first`` on."""
        if self._run and self._run[-1].position + 1 != first:
            self._run.clear()
        self._run.extend(entry.at(position) for position, entry in enumerate(entries, start=first))

    def after(self, position: int, *, limit: int) -> list[LogEntry]:
        """At most ``limit`` entries that follow a position; none if the next one is not in memory."""
        if not self._run or not self._run[0].position <= position + 1 <= self._run[-1].position:
            return []
        begin = position + 1 - self._run[0].position
        return list(islice(self._run, begin, begin + limit))
