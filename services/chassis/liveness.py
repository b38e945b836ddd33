"""Signs of life of the background loops, so that one that died or hangs is noticed.

A loop calls ``beat()`` at the end of each successful turn. Whoever runs it has entered its ``LoopHealth`` with
``watched``; outside of that a beat does nothing. A loop that waits without limit by design never beats, and only its
death is noticed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic

_CURRENT: ContextVar["LoopHealth | None"] = ContextVar("loop", default=None)


@dataclass(slots=True)
class LoopHealth:
    """One loop: when it last gave a sign of life, and whether it failed or ended."""

    name: str
    now: Callable[[], float] = monotonic
    """Seconds; only differences count."""
    beat_at: float | None = None
    failed_at: float | None = None
    failing_since: float | None = None
    ended_at: float | None = None

    def beat(self) -> None:
        """Records a successful turn."""
        self.beat_at, self.failing_since = self.now(), None

    def failed(self) -> None:
        """Records that the loop raised an exception; it is started again."""
        self.failed_at = self.now()
        if self.failing_since is None:
            self.failing_since = self.failed_at

    def ended(self) -> None:
        """Records that the loop is over and is not started again."""
        self.ended_at = self.now()

    def silent_for(self, limit: float) -> float | None:
        """Seconds since the loop stopped to work; ``None`` while it works.

        A loop that failed counts as working again after its next turn, or after ``limit`` seconds without a failure.
        """
        now = self.now()
        if self.ended_at is not None:
            return now - self.ended_at
        if self.failing_since is not None and self.failed_at is not None and now - self.failed_at <= limit:
            return now - self.failing_since
        if self.beat_at is not None and now - self.beat_at > limit:
            return now - self.beat_at
        return None


@contextmanager
def watched(health: LoopHealth) -> Iterator[None]:
    """Makes every ``beat()`` within this context, and within the tasks started in it, the loop's."""
    token = _CURRENT.set(health)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def beat() -> None:
    """Records a successful turn of the loop that runs in this context."""
    health = _CURRENT.get()
    if health is not None:
        health.beat()
