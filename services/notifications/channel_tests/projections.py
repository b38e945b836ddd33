"""Queues the message of a test."""

import asyncpg

from events.contract import Recorded
from events.notifications import ChannelTested
from events.vocabulary import Agency, Urgency
from services.notifications.alerts.texts import TEST

QUEUE_TEST = """
insert into delivery (alert_id, contact_id, referral_id, agency, urgency, code, channel, way, due_at, notice)
select $1, contact_id, $1, $2, $3, '', channel, way, $4, $5
from contact_way where contact_id = $6 and channel = $7 order by way limit 1
on conflict (alert_id, contact_id) do update set due_at = excluded.due_at, channel = excluded.channel,
  way = excluded.way, leased_until = null, attempts = delivery.attempts + 1
"""
"""A second test replaces one that has not left yet: a result that comes late is not taken for its."""


async def queue_test(
    connection: asyncpg.Connection, *, agency: Agency, event: ChannelTested, fact: Recorded[ChannelTested]
) -> None:
    """Queues the message, in the transaction of the event."""
    of_test = (fact.stream, agency, Urgency.U2, fact.recorded_at, TEST)
    await connection.execute(QUEUE_TEST, *of_test, event.contact, event.channel)
