"""The list of alerts a desk sees."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised

RAISED = """
insert into alert values ($1,$2,$3,$4,$5,$6,'pending',$7,null)
on conflict (alert_id) do update set sequence = excluded.sequence, urgency = excluded.urgency
"""
ENQUEUE = """
insert into delivery (alert_id, contact_id, referral_id, case_id, agency, urgency, code, channel, due_at)
select $1::uuid, contact_id, $2::uuid, $3::uuid, agency, $5::text, $6::text, channel, $7::timestamptz
from contact where agency = $4
on conflict (alert_id, contact_id) do update set
  urgency = excluded.urgency, due_at = excluded.due_at, leased_until = null, attempts = delivery.attempts + 1
"""
"""Raised again, a waiting delivery counts one attempt more: the result of one that is under way is then an older
attempt's, and leaves the new one due."""
POSTPONE = """
update delivery set attempts = $3, due_at = coalesce($4, due_at), leased_until = null
where alert_id = $1 and contact_id = $2 and attempts < $3
"""
DELIVERED = "delete from delivery where alert_id = $1 and contact_id = $2 and attempts < $3"

LISTED: tuple[type[Event], ...] = (AlertRaised, AlertAnswered)
"""What the list is made of."""


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the list and the queue up to a batch, in the transaction that appends it."""
    await list_alerts(connection, batch)
    await _queue(connection, batch)


async def list_alerts(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """The list that a desk sees."""
    raised = [
        (
            fact.stream,
            fact.position,
            fact.event.referral,
            fact.event.agency,
            fact.event.urgency,
            fact.event.code,
            fact.recorded_at,
        )
        for fact in batch
        if isinstance(fact.event, AlertRaised)
    ]
    answered = [(fact.stream, fact.recorded_at) for fact in batch if isinstance(fact.event, AlertAnswered)]
    if raised:
        await connection.executemany(RAISED, raised)
    if answered:
        await connection.executemany(
            "update alert set state = 'answered', answered_at = $2 where alert_id = $1", answered
        )


async def _queue(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """An alert is due at once for every contact of its desk; delivered or answered, it leaves the queue."""
    for fact in batch:
        event = fact.event
        if isinstance(event, AlertRaised):
            await connection.execute(
                ENQUEUE,
                fact.stream,
                event.referral,
                fact.case,
                event.agency,
                event.urgency,
                event.code,
                fact.recorded_at,
            )
        elif isinstance(event, AlertAnswered):
            await connection.execute("delete from delivery where alert_id = $1", fact.stream)
        elif isinstance(event, AlertDelivered):
            await connection.execute(DELIVERED, fact.stream, event.contact, event.attempt)
        elif isinstance(event, AlertNotDelivered):
            await connection.execute(POSTPONE, fact.stream, event.contact, event.attempt, event.retry_at)
