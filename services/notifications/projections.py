"""The list of alerts a desk sees."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

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
ANSWERED = "delete from delivery where alert_id = $1"
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
    """An alert is due at once for every contact of its desk; delivered or answered, it leaves the queue.

    In the order of the facts; those of one kind that follow each other go in one round trip.
    """
    for statement, run in groupby(map(_queued, batch), key=lambda queued: queued[0]):
        if statement is not None:
            await connection.executemany(statement, [arguments for _, arguments in run])


def _queued(fact: Recorded[Event]) -> tuple[str | None, tuple[Any, ...]]:
    """What a fact does to the queue: a statement and its arguments."""
    match fact.event:
        case AlertRaised() as event:
            of_alert = (fact.stream, event.referral, fact.case, event.agency)
            return ENQUEUE, (*of_alert, event.urgency, event.code, fact.recorded_at)
        case AlertAnswered():
            return ANSWERED, (fact.stream,)
        case AlertDelivered() as event:
            return DELIVERED, (fact.stream, event.contact, event.attempt)
        case AlertNotDelivered() as event:
            return POSTPONE, (fact.stream, event.contact, event.attempt, event.retry_at)
        case _:
            return None, ()
