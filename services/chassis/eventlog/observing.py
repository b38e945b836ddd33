"""What a log tells of its appends to whoever measures and traces them. By default nobody does."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

from services.chassis.eventlog.log_entry import LogEntry


@dataclass(frozen=True, slots=True)
class Followed:
    """One entry of another log that entries of this one follow from."""

    position: int
    trace: str | None
    """The trace that its copy in the stream said it belongs to (W3C Trace Context). Anybody can have written that."""
    caused: Sequence[UUID]
    """The ids of what follows from it, in their order."""


class Observer:
    """Told of every append. It may only count and remember: it is called on the way of every request."""

    def appending(self, entries: Sequence[LogEntry]) -> Sequence[LogEntry]:
        """The same entries, perhaps with the trace that they belong to. Called before anything is committed."""
        return entries

    def committed(self, requests: int, seconds: float) -> None:
        """Called after a transaction with so many requests in it."""

    def following(self, upstream: str, followed: Mapping[int, Followed]) -> AbstractContextManager[None]:
        """Entered around the append of what follows from entries of another log, by their position there."""
        del upstream, followed
        return nullcontext()
