"""Notifies open pages of changes by id only; pages read everything else with their own authorisation.

A stream holds nothing: who was away, or too slow, is told to read the list again, which is what a page does anyway.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from services.notifications.alerts.domain import is_for_desk

MAX_WAITING = 256
"""Changes that wait for one slow reader; beyond that it is told to read the list again."""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """A change of one alert."""

    sequence: int
    agency: str
    alert: str
    kind: str
    shelter: str | None
    """The shelter whose alert it is."""
    of_desk: bool
    """Whether the agency's own staff may know of it."""


def _change(fact: Recorded[Event], event: AlertRaised | AlertAnswered) -> AlertChange:
    raised = isinstance(event, AlertRaised)
    of_desk = is_for_desk(event) if isinstance(event, AlertRaised) else event.of_desk and event.shelter is None
    return AlertChange(
        sequence=fact.position,
        agency=event.agency,
        alert=str(fact.stream),
        kind="raised" if raised else "answered",
        shelter=event.shelter,
        of_desk=of_desk,
    )


READ_AGAIN = None
"""What stands for changes that were missed: the page reads the list again."""


@dataclass
class _Reader:
    """What waits for one open stream."""

    changes: deque[AlertChange] = field(default_factory=deque)
    missed: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, change: AlertChange) -> None:
        if len(self.changes) >= MAX_WAITING:
            self.changes.clear()
            self.missed = True
        self.changes.append(change)
        self.news.set()

    def take(self) -> list[AlertChange | None]:
        taken: list[AlertChange | None] = [READ_AGAIN] if self.missed else []
        taken += self.changes
        self.changes.clear()
        self.missed = False
        self.news.clear()
        return taken


@dataclass
class AlertStream:
    """Sends changes to every open stream, as long as whoever opened it may see them."""

    check: float = 30
    """Seconds after which it is looked up again whether they still may, also when nothing changes."""
    _readers: list[_Reader] = field(default_factory=list)
    closed: bool = False

    def announce(self, batch: Sequence[Recorded[Event]]) -> None:
        """Sends a batch's changes; called after the commit, so that a reader finds what was committed."""
        for fact in batch:
            event = fact.event
            if isinstance(event, AlertRaised | AlertAnswered):
                change = _change(fact, event)
                for reader in self._readers:
                    reader.put(change)

    @contextmanager
    def _reading(self) -> Iterator[_Reader]:
        reader = _Reader()
        self._readers.append(reader)
        try:
            yield reader
        finally:
            self._readers.remove(reader)

    async def changes(
        self, concerns: Callable[[AlertChange], bool], may: Callable[[], Awaitable[bool]], *, missed: bool
    ) -> AsyncIterator[AlertChange | None]:
        """The changes that concern the reader from now on, until the service stops or ``may`` says no.

        ``None``: changes were missed; first of all if the reader says that it was connected before (``missed``).
        ``may`` is asked before anything is sent, and every ``check`` seconds.
        """
        with self._reading() as reader:
            reader.missed = missed
            if missed:
                reader.news.set()
            looked = monotonic()
            while not self.closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.news.wait(), max(0, looked + self.check - monotonic()))
                told = [one for one in reader.take() if one is READ_AGAIN or concerns(one)]
                if told or monotonic() >= looked + self.check:  # what concerns others costs no look-up
                    if self.closed or not await may():
                        return
                    looked = monotonic()
                for change in told:
                    yield change

    def close(self) -> None:
        """Ends every open stream: an open one would block the shutdown."""
        self.closed = True
        for reader in self._readers:
            reader.news.set()
