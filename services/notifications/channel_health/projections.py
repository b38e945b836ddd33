"""Stores the state of each channel and its attempts a minute. The result is the same whatever the batches."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any

import asyncpg

from events.contract import Event, Recorded
from events.notifications import AlertDelivered, AlertNotDelivered
from events.operations import ChannelFailing, ChannelRecovered
from services.chassis.eventlog.projections import columns
from services.notifications.channel_health.domain import EVERY_CHANNEL, ChannelState, evolve

STATES = """
select channel, failed, failing_since, outage_since, left_since from channel_health
where $1::text[] is null or channel = any($1)
"""
STORE = """
insert into channel_health (channel, failed, failing_since, outage_since, left_since)
select * from unnest($1::text[], $2::integer[], $3::timestamptz[], $4::timestamptz[], $5::boolean[])
on conflict (channel) do update set failed = excluded.failed, failing_since = excluded.failing_since,
  outage_since = excluded.outage_since, left_since = excluded.left_since
"""
COUNT = """
insert into channel_minute (channel, minute, delivered, failed)
select * from unnest($1::text[], $2::timestamptz[], $3::integer[], $4::integer[])
on conflict (channel, minute) do update set
  delivered = channel_minute.delivered + excluded.delivered, failed = channel_minute.failed + excluded.failed
"""
FORGET = """
delete from channel_minute old using (select max(minute) as minute from channel_minute) as newest
where old.minute < newest.minute - interval '1 day'
"""
"""Counts from the newest attempt, not from now: what remains follows from the log."""

FACTS: tuple[type[Event], ...] = (AlertDelivered, AlertNotDelivered, ChannelFailing, ChannelRecovered)


async def project_channel_health(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Applies a batch of the service's own log."""
    facts = [fact for fact in batch if isinstance(fact.event, FACTS)]
    if not facts:
        return
    concerned = {channel for fact in facts for channel in _channels(fact.event)}
    states = await read_states(connection, concerned)
    for fact in facts:
        for channel in _channels(fact.event):
            states[channel] = evolve(states.get(channel) or ChannelState(channel), fact)
    await connection.execute(STORE, *columns(astuple(states[channel]) for channel in sorted(concerned)))
    attempts = _attempts(facts)
    if attempts:
        await connection.execute(COUNT, *columns(attempts))
        await connection.execute(FORGET)


async def read_states(connection: asyncpg.Connection, channels: set[str] | None = None) -> dict[str, ChannelState]:
    """The states of these channels, or of all, by name."""
    rows = await connection.fetch(STATES, None if channels is None else sorted(channels))
    return {row["channel"]: ChannelState(*row) for row in rows}


def _channels(event: Event) -> tuple[str, ...]:
    """The channels that an event concerns. An alert that left by one proves that the installation has one."""
    match event:
        case AlertDelivered():
            return (event.channel, EVERY_CHANNEL)
        case AlertNotDelivered() | ChannelFailing() | ChannelRecovered():
            return (event.channel,)
        case _:
            return ()


def _attempts(facts: Sequence[Recorded[Event]]) -> list[tuple[Any, ...]]:
    taken: Counter[tuple[str, datetime]] = Counter()
    refused: Counter[tuple[str, datetime]] = Counter()
    for fact in facts:
        if isinstance(fact.event, AlertDelivered | AlertNotDelivered):
            minute = fact.recorded_at.astimezone(UTC).replace(second=0, microsecond=0)
            (taken if isinstance(fact.event, AlertDelivered) else refused)[fact.event.channel, minute] += 1
    return [(*key, taken[key], refused[key]) for key in sorted({*taken, *refused})]
