"""The entries a process appended last, kept at hand for its relay, which would otherwise read them back."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from services.chassis.entry import Entry

MOST = 2048


class RecentEntries:
    """A run of positions without a gap; it begins anew where another process wrote in between."""

    def __init__(self) -> None:
        """Knows nothing yet."""
        self._run: deque[Entry] = deque(maxlen=MOST)

    @property
    def last(self) -> int:
        """The last position at hand; 0 when there is none."""
        return self._run[-1].position if self._run else 0

    def remember(self, entries: Sequence[Entry], first: int) -> None:
        """Entries that were committed, from position ``first`` on."""
        if self._run and self._run[-1].position + 1 != first:
            self._run.clear()
        self._run.extend(entry.at(position) for position, entry in enumerate(entries, start=first))

    def after(self, position: int, *, most: int) -> list[Entry]:
        """The entries that follow a position; none if the next one is not at hand."""
        if not self._run or not self._run[0].position <= position + 1 <= self._run[-1].position:
            return []
        begin = position + 1 - self._run[0].position
        return list(islice(self._run, begin, begin + most))
