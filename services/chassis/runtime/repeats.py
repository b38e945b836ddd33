"""Says once, and then every few minutes, what a loop that tries again and again would say at each attempt.

A service that lost NATS tries twice a second, in each of its loops. The first line says it; the next one, after
``INTERVAL``, says how often it was the case meanwhile. What is different in any field is another line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from structlog import DropEvent
from structlog.typing import EventDict, WrappedLogger

INTERVAL = 300.0
"""Seconds."""
QUIET = 60.0
"""Seconds without a repetition after which the next one is news again."""
ENDINGS = ("_interrupted", "_unreachable", "_failed", "_not_known", "_not_sent", "_error", "_denied", "_unreadable")
"""How the lines end that a loop repeats. What somebody did (a request, an alarm, an act) is never left out."""
NEVER = frozenset({"request_refused", "passkey_failed", "sign_in_elsewhere_failed", "unexpected_error"})
"""What ends like them and is about one request."""
TELLING = ("event", "service", "upstream", "shelter", "code", "error", "where", "position", "referral")
MOST = 1000
"""Lines that are remembered."""


@dataclass(slots=True)
class _Said:
    at: float
    last: float
    since: int = 0


class Repeats:
    """A processor of log lines."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Nothing was said yet."""
        self._now = now
        self._said: dict[tuple[object, ...], _Said] = {}

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """The line, perhaps with ``repeated``.

        Raises:
            DropEvent: it was said a short time ago.
        """
        text = str(event.get("event"))
        if not text.endswith(ENDINGS) or text in NEVER or "request_id" in event:
            return event
        key, now = tuple(event.get(name) for name in TELLING), self._now()
        said = self._said.get(key)
        if said is None or now - said.last > QUIET:
            self._said.pop(key, None)
            self._said[key] = _Said(now, now)
            if len(self._said) > MOST:
                del self._said[next(iter(self._said))]
            return event
        said.last, said.since = now, said.since + 1
        if now - said.at < INTERVAL:
            raise DropEvent
        said.at, event["repeated"], said.since = now, said.since, 0
        return event
