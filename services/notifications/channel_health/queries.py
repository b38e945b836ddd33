"""Reads what waits by each channel, and tells whether alerts leave."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.runtime.checks import Check, aged
from services.notifications.channel_health.domain import EVERY_CHANNEL, ChannelState, Waiting, of_all
from services.notifications.channel_health.projections import read_states

WAITING = """
select channel, count(*) as number, min(case when rounds > 0 then coalesce(raised_at, due_at) else due_at end) as since
from delivery where due_at <= $1 or (rounds > 0 and due_at <= $1::timestamptz + interval '30 minutes')
group by channel
"""
"""What is due, and what failed and is tried again; not what waits for the end of somebody's quiet hours."""
ATTEMPTS = """
select coalesce(sum(delivered), 0) as delivered, coalesce(sum(failed), 0) as failed
from channel_minute where minute > $1
"""
FEW = 5
"""Attempts below which their share says nothing."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels as they are at a moment."""

    states: Mapping[str, ChannelState]
    waiting: Mapping[str, Waiting]


async def read_channels(database: Database, now: datetime) -> Channels:
    """The state of each channel, and what waits by it."""
    async with database.reading() as connection:
        return Channels(await read_states(connection), await _waiting(connection, now))


async def _waiting(connection: asyncpg.Connection, now: datetime) -> dict[str, Waiting]:
    rows = await connection.fetch(WAITING, now)
    return {row["channel"]: Waiting(row["number"], row["since"]) for row in rows}


@dataclass(frozen=True, slots=True)
class DeliveryFlow:
    """Whether alerts leave, for the health report."""

    clock: Clock
    configured: Collection[str]
    late: float
    """Seconds after which a delivery that should have left is late."""
    share: float
    window: float

    async def __call__(self, connection: asyncpg.Connection) -> Sequence[Check]:
        """The oldest delivery that should have left, the share that failed, and each channel."""
        now = self.clock()
        waiting, states = await _waiting(connection, now), await read_states(connection)
        attempts = await connection.fetchrow(ATTEMPTS, now - timedelta(seconds=self.window))
        everything = of_all(waiting)
        tried = attempts["delivered"] + attempts["failed"]
        failing = tried >= FEW and attempts["failed"] >= self.share * tried
        return [
            aged("deliveries", None if everything is None else (now - everything.since).total_seconds(), self.late),
            Check(code="deliveries_failing", ok=not failing, count=attempts["failed"]),
            *(self._channel(name, states, waiting, now) for name in sorted({*states, *self.configured, EVERY_CHANNEL})),
        ]

    def _channel(
        self, name: str, states: Mapping[str, ChannelState], waiting: Mapping[str, Waiting], now: datetime
    ) -> Check:
        """A channel fails during its outage; one that is not configured any more only while something waits for it."""
        since = states[name].outage_since if name in states else None
        waits = of_all(waiting) if name == EVERY_CHANNEL else waiting.get(name)
        in_use = name in self.configured or waits is not None
        fails = since is not None and in_use
        return Check(
            code="channel",
            ok=not fails,
            seconds=(now - since).total_seconds() if since is not None and fails else None,
            count=0 if waits is None else waits.number,
            about=name,
        )
