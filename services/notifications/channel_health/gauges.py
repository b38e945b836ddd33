"""What those who watch the system see of the alerts: how many wait to leave by each channel, and since when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from events.vocabulary import Urgency
from services.chassis.clock import Clock
from services.chassis.telemetry.gauges import Gauge, Sample, seconds_since

UNDELIVERED = Gauge("alerts_undelivered", "Alerts that are due and have not left", ("channel", "urgency"))
OLDEST = Gauge("alerts_undelivered_oldest_seconds", "Since when the oldest of them is due; 0: none", ("urgency",))

DUE = """
select channel, urgency, count(*) as number,
  min(case when rounds > 0 then coalesce(raised_at, due_at) else due_at end) as since
from delivery where due_at <= $1 or (rounds > 0 and due_at <= $1::timestamptz + interval '30 minutes')
group by channel, urgency
"""
"""As the health check counts them: not what waits for the end of somebody's quiet hours."""
OTHER = "other"
"""A channel that is not configured any more."""


@dataclass(frozen=True, slots=True)
class DeliveryGauges:
    """Read from the queue."""

    clock: Clock
    configured: Collection[str]

    async def __call__(self, connection: asyncpg.Connection) -> Sequence[Sample]:
        """Every channel that is configured and every urgency."""
        now, rows = self.clock(), await connection.fetch(DUE, self.clock())
        waiting = {(channel, urgency): 0 for channel in (*self.configured, OTHER) for urgency in Urgency}
        for row in rows:
            channel = row["channel"] if row["channel"] in self.configured else OTHER
            waiting[channel, Urgency(row["urgency"])] += row["number"]
        since = {one: min((row["since"] for row in rows if row["urgency"] == one), default=None) for one in Urgency}
        return [
            *(Sample(UNDELIVERED, number, labels) for labels, number in waiting.items()),
            *(Sample(OLDEST, seconds_since(at, now), (urgency,)) for urgency, at in since.items()),
        ]
