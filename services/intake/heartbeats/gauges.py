"""What those who watch the system see of the shelters' outboxes, as far as they told of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from events.contract import Event, Recorded
from events.intake import ShelterHeard
from services.chassis.telemetry.gauges import Gauge, Sample

WAITING = Gauge("outboxes_waiting", "Records that wait on telephones, as they last told within the hour")
OLDEST = Gauge("outboxes_oldest_seconds", "How long the oldest of those records has waited; 0: none")
HEARD = Gauge("outboxes_heard", "Telephones and shelters that told of their outbox within the hour")

REMEMBERED = 3600.0
"""Seconds: what was told longer ago says nothing about now."""
MOST = 10_000
"""Outboxes that are remembered."""


@dataclass(slots=True)
class Outboxes:
    """What each told last. In memory alone: after a start it is unknown until they tell again."""

    now: Callable[[], float] = monotonic
    _told: dict[tuple[str, str | None], tuple[float, ShelterHeard]] = field(default_factory=dict)

    def listen(self, written: Sequence[Recorded[Event]]) -> None:
        """Remembers what was told, after it was recorded."""
        for one in written:
            if isinstance(one.event, ShelterHeard):
                key = (one.event.shelter, one.event.device)
                self._told.pop(key, None)
                self._told[key] = (self.now(), one.event)
                if len(self._told) > MOST:
                    del self._told[next(iter(self._told))]

    def samples(self) -> Sequence[Sample]:
        """All outboxes together: no label says whose."""
        since = self.now() - REMEMBERED
        told = [(at, event) for at, event in self._told.values() if at >= since]
        waits = [self.now() - at + event.oldest_seconds for at, event in told if event.waiting]
        return [
            Sample(HEARD, len(told)),
            Sample(WAITING, sum(event.waiting for _, event in told)),
            Sample(OLDEST, max(waits, default=0.0)),
        ]
