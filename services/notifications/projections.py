"""The list of alerts a desk sees, and the queue of what is to be sent."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from services.chassis.read_models import columns

RAISED = """
insert into alert (alert_id, sequence, referral_id, agency, urgency, code, state, raised_at, asked, about)
select alert_id, sequence, referral_id, agency, urgency, code, 'pending', raised_at, asked, about
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::boolean[],
    $9::text[])
  as raised (alert_id, sequence, referral_id, agency, urgency, code, raised_at, asked, about)
on conflict (alert_id) do update set
  sequence = excluded.sequence, urgency = excluded.urgency, state = 'pending', answered_at = null
"""
CLOSED = """
update alert set state = 'answered', answered_at = answered.at
from unnest($1::uuid[], $2::timestamptz[]) as answered (alert_id, at) where alert.alert_id = answered.alert_id
"""
ENQUEUE = """
insert into delivery (alert_id, contact_id, referral_id, case_id, agency, urgency, code, channel, due_at, escalation,
  about)
select alert_id, contact_id, referral_id, case_id, raised.agency, urgency, code, channel, due_at, escalation, about
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
    $9::uuid[], $10::text[])
  as raised (alert_id, referral_id, case_id, agency, urgency, code, due_at, duties, escalation, about)
join contact on contact.agency in (raised.agency, '*') and contact.duty = any(string_to_array(duties, ' '))
on conflict (alert_id, contact_id) do update set
  urgency = excluded.urgency, escalation = excluded.escalation,
  due_at = excluded.due_at, leased_until = null, attempts = delivery.attempts + 1
"""
"""Raised again, a waiting delivery counts one attempt more: the result of one that is under way is then an older
attempt's, and leaves the new one due."""
POSTPONE = """
update delivery set attempts = tried.attempt, due_at = coalesce(tried.retry_at, due_at), leased_until = null
from unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[]) as tried (alert_id, contact_id, attempt, retry_at)
where delivery.alert_id = tried.alert_id and delivery.contact_id = tried.contact_id and attempts < tried.attempt
"""
ANSWERED = (
    "delete from delivery using unnest($1::uuid[]) as answered (alert_id) where delivery.alert_id = answered.alert_id"
)
DELIVERED = """
delete from delivery using unnest($1::uuid[], $2::text[], $3::integer[]) as sent (alert_id, contact_id, attempt)
where delivery.alert_id = sent.alert_id and delivery.contact_id = sent.contact_id and attempts < sent.attempt
"""

LISTED: tuple[type[Event], ...] = (AlertRaised, AlertAnswered)
"""What the list is made of."""


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the list and the queue up to a batch, in the transaction that appends it."""
    await list_alerts(connection, batch)
    for statement, rows in queue_steps(batch):
        await connection.execute(statement, *columns(rows))


async def list_alerts(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """The list that a desk sees."""
    raised: dict[UUID, tuple[Any, ...]] = {}
    answered: dict[UUID, tuple[Any, ...]] = {}
    for fact in batch:
        event = fact.event
        if isinstance(event, AlertRaised):
            first = raised.get(fact.stream)
            whose = (event.referral, event.agency, event.urgency, event.code)
            of_alert: tuple[Any, ...] = (*whose, fact.recorded_at, event.asked, event.about)
            if first is not None:  # raised twice in one batch: as if the first had been there already
                of_alert = (*first[2:4], event.urgency, *first[5:])
            raised[fact.stream] = (fact.stream, fact.position, *of_alert)
            answered.pop(fact.stream, None)  # silent again since
        elif isinstance(event, AlertAnswered):
            answered[fact.stream] = (fact.stream, fact.recorded_at)
    if raised:
        await connection.execute(RAISED, *columns(raised.values()))
    if answered:
        await connection.execute(CLOSED, *columns(answered.values()))


def queue_steps(batch: Iterable[Recorded[Event]]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """An alert is due at once for every contact of its desk; delivered or answered, it leaves the queue.

    As few statements as keep the order of each alert's own facts: those of different alerts touch no common row.
    """
    steps: list[tuple[str, list[tuple[Any, ...]]]] = []
    after: dict[UUID, int] = {}
    """From which step on the next fact of an alert may be done."""
    for fact in batch:
        statement, arguments = _queued(fact)
        if statement is None:
            continue
        place = after.get(fact.stream, 0)
        while place < len(steps) and steps[place][0] is not statement:
            place += 1
        if place == len(steps):
            steps.append((statement, []))
        steps[place][1].append(arguments)
        after[fact.stream] = place + 1
    return steps


def _queued(fact: Recorded[Event]) -> tuple[str | None, tuple[Any, ...]]:
    """What a fact does to the queue: a statement and its arguments."""
    match fact.event:
        case AlertRaised() as event:
            of_alert = (fact.stream, event.referral, fact.case, event.agency)
            whom = (" ".join(event.duties), event.escalation, event.about)
            return ENQUEUE, (*of_alert, event.urgency, event.code, fact.recorded_at, *whom)
        case AlertAnswered():
            return ANSWERED, (fact.stream,)
        case AlertDelivered() as event:
            return DELIVERED, (fact.stream, event.contact, event.attempt)
        case AlertNotDelivered() as event:
            return POSTPONE, (fact.stream, event.contact, event.attempt, event.retry_at)
        case _:
            return None, ()
