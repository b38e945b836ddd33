"""Tells open streams what changed, by id only; whoever reads one fetches everything else with their own rights.

A stream holds nothing: who was away, or too slow, is told to read again, which is what a page does anyway.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

Change = TypeVar("Change")

MAX_WAITING = 256
"""Changes that wait for one slow reader; beyond that it is told to read again."""
READ_AGAIN = None
"""What stands for changes that were missed: the reader reads again."""


@dataclass
class _Reader(Generic[Change]):
    """What waits for one open stream."""

    changes: deque[Change] = field(default_factory=deque)
    missed: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, change: Change) -> None:
        if len(self.changes) >= MAX_WAITING:
            self.changes.clear()
            self.missed = True
        self.changes.append(change)
        self.news.set()

    def take(self) -> list[Change | None]:
        taken: list[Change | None] = [READ_AGAIN] if self.missed else []
        taken += self.changes
        self.changes.clear()
        self.missed = False
        self.news.clear()
        return taken


@dataclass
class ChangeStream(Generic[Change]):
    """Sends changes to every open stream, as long as whoever opened it may see them."""

    check: float = 30
    """Seconds after which it is looked up again whether they still may, also when nothing changes."""
    _readers: list[_Reader[Change]] = field(default_factory=list)
    closed: bool = False

    @property
    def is_read(self) -> bool:
        """Whether any stream is open."""
        return bool(self._readers)

    def send(self, changes: Iterable[Change]) -> None:
        """Sends changes that have been committed, so that a reader finds them."""
        for change in changes:
            for reader in self._readers:
                reader.put(change)

    @contextmanager
    def _reading(self) -> Iterator[_Reader[Change]]:
        reader: _Reader[Change] = _Reader()
        self._readers.append(reader)
        try:
            yield reader
        finally:
            self._readers.remove(reader)

    async def changes(
        self, concerns: Callable[[Change], bool], may: Callable[[], Awaitable[bool]], *, missed: bool
    ) -> AsyncIterator[Change | None]:
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
