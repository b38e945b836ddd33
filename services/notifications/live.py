"""Tells open pages that there is something new: ids only, everything else is fetched with a sign-in."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised


@dataclass(frozen=True, slots=True)
class Change:
    """Something about an alert changed."""

    sequence: int
    agency: str
    alert: str
    kind: str


@dataclass
class Live:
    """Hands changes to every open stream. A slow reader loses old ones: it reads the list again anyway."""

    _readers: set[asyncio.Queue[Change | None]] = field(default_factory=set)
    closed: bool = False

    def announce(self, batch: Sequence[Recorded[Event]]) -> None:
        """Called after the commit, so that whoever is woken finds what was committed."""
        for fact in batch:
            if isinstance(fact.event, AlertRaised | AlertAnswered):
                kind = "raised" if isinstance(fact.event, AlertRaised) else "answered"
                change = Change(fact.position, fact.event.agency, str(fact.stream), kind)
                for reader in self._readers:
                    if reader.full():
                        reader.get_nowait()
                    reader.put_nowait(change)

    @contextmanager
    def _reading(self) -> Iterator[asyncio.Queue[Change | None]]:
        reader: asyncio.Queue[Change | None] = asyncio.Queue(256)
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    async def changes(self) -> AsyncIterator[Change]:
        """Changes from now on, until the service stops."""
        with self._reading() as reader:
            while not self.closed:
                change = await reader.get()
                if change is None:
                    return
                yield change

    def close(self) -> None:
        """Ends every open stream: one that stays open would block the shutdown."""
        self.closed = True
        for reader in self._readers:
            if reader.full():
                reader.get_nowait()
            reader.put_nowait(None)
