"""The list of alerts a desk sees, and the queue of what is to be sent."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.notifications import (
    AlertAnswered,
    AlertDeferred,
    AlertDelivered,
    AlertNotDelivered,
    AlertRaised,
    DeskHandedOver,
)
from services.chassis.read_models import columns

RAISED = """
insert into alert (alert_id, sequence, referral_id, agency, urgency, code, state, raised_at, asked, about, desk)
select alert_id, sequence, referral_id, agency, urgency, code, 'pending', raised_at, asked, about, desk
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::boolean[],
    $9::text[], $10::text[])
  as raised (alert_id, sequence, referral_id, agency, urgency, code, raised_at, asked, about, desk)
on conflict (alert_id) do update set
  sequence = excluded.sequence, urgency = excluded.urgency, state = 'pending', answered_at = null,
  desk = excluded.desk
"""
CLOSED = """
update alert set state = 'answered', answered_at = answered.at
from unnest($1::uuid[], $2::timestamptz[]) as answered (alert_id, at) where alert.alert_id = answered.alert_id
"""
ENQUEUE = """
insert into delivery (alert_id, contact_id, referral_id, case_id, agency, urgency, code, channel, due_at, escalation,
  desk, duty, stands_in, raised_at, about, caravan)
select distinct on (alert_id, told.contact_id) alert_id, told.contact_id, referral_id, case_id, raised.agency, urgency,
  code, way.channel, due_at, escalation, raised.desk, told.duty, told.stands_in, due_at, about, caravan
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
    $9::uuid[], $10::text[], $11::text[], $12::boolean[])
  as raised (alert_id, referral_id, case_id, agency, urgency, code, due_at, duties, escalation, desk, about, caravan)
cross join lateral (
  select * from roster where roster.duty = any(string_to_array(duties, ' ')) and roster.desk = coalesce(
    (select known.desk from roster known where known.desk = raised.desk limit 1), raised.agency)) told
join contact_way way on way.contact_id = told.contact_id and way.way = 1
order by alert_id, told.contact_id, told.place
on conflict (alert_id, contact_id) do """
AGAIN = (
    ENQUEUE
    + """update set
  urgency = excluded.urgency, escalation = excluded.escalation, due_at = excluded.due_at, leased_until = null,
  attempts = delivery.attempts + 1, way = 1, channel = excluded.channel, rounds = 0, bundle = null,
  raised_at = excluded.raised_at
"""
)
"""Raised again, a waiting delivery counts one attempt more: the result of one that is under way is then an older
attempt's, and leaves the new one due."""
NEXT = ENQUEUE + "nothing"
"""Nobody could be reached: the next are told, those who are being told already go on as they do."""
DEFER = """
update delivery set due_at = deferred.until, leased_until = null
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as deferred (alert_id, contact_id, until)
where delivery.alert_id = deferred.alert_id and delivery.contact_id = deferred.contact_id
"""
POSTPONE = """
update delivery set attempts = tried.attempt, due_at = coalesce(tried.retry_at, due_at), leased_until = null,
  way = tried.next_way, rounds = rounds + (tried.next_way = 1)::integer,
  channel = coalesce((select channel from contact_way w
    where w.contact_id = tried.contact_id and w.way = tried.next_way), delivery.channel)
from unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[], $5::integer[])
  as tried (alert_id, contact_id, attempt, retry_at, next_way)
where delivery.alert_id = tried.alert_id and delivery.contact_id = tried.contact_id and attempts < tried.attempt
"""
ANSWERED = (
    "delete from delivery using unnest($1::uuid[]) as answered (alert_id) where delivery.alert_id = answered.alert_id"
)
DELIVERED = """
delete from delivery using unnest($1::uuid[], $2::text[], $3::integer[]) as sent (alert_id, contact_id, attempt)
where delivery.alert_id = sent.alert_id and delivery.contact_id = sent.contact_id and attempts < sent.attempt
"""
TOLD = """
insert into told (contact_id, at)
select contact_id, array[at] from unnest($1::text[], $2::timestamptz[]) as t (contact_id, at)
on conflict (contact_id) do update set at = (excluded.at || told.at)[1:8]
"""
"""One message more to a contact, however many alerts it told of."""
TRIED = """
update alert set delivered = alert.delivered + tried.delivered, failed = alert.failed + tried.failed,
  unreached = coalesce(tried.unreached, alert.unreached)
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::boolean[]) as tried (alert_id, delivered, failed, unreached)
where alert.alert_id = tried.alert_id
"""
HANDED = """
insert into handover (command, sequence, desk, agency, given_by, taken_by, on_call, open, number, at)
values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10) on conflict (command) do nothing
"""

LISTED: tuple[type[Event], ...] = (AlertRaised, AlertAnswered, AlertDelivered, AlertNotDelivered)
"""What the list is made of."""


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the list and the queue up to a batch, in the transaction that appends it."""
    await list_alerts(connection, batch)
    await list_handovers(connection, batch)
    for statement, rows in queue_steps(batch):
        await connection.execute(statement, *columns(rows))
    for messages in messages_in(batch):
        await connection.execute(TOLD, *columns(messages))


async def list_alerts(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """The list that a desk sees."""
    raised: dict[UUID, tuple[Any, ...]] = {}
    answered: dict[UUID, tuple[Any, ...]] = {}
    tried: dict[UUID, tuple[int, int, bool | None]] = {}
    for fact in batch:
        event = fact.event
        _try(fact, tried)
        if isinstance(event, AlertRaised):
            first = raised.get(fact.stream)
            of_alert = (
                event.referral,
                event.agency,
                event.urgency,
                event.code,
                fact.recorded_at,
                event.asked,
                event.about,
                event.desk,
            )
            if first is not None:  # raised twice in one batch: as if the first had been there already
                of_alert = (*first[2:4], event.urgency, *first[5:-1], event.desk)
            raised[fact.stream] = (fact.stream, fact.position, *of_alert)
            answered.pop(fact.stream, None)  # silent again since
        elif isinstance(event, AlertAnswered):
            answered[fact.stream] = (fact.stream, fact.recorded_at)
    if raised:
        await connection.execute(RAISED, *columns(raised.values()))
    if answered:
        await connection.execute(CLOSED, *columns(answered.values()))
    if tried:
        await connection.execute(TRIED, *columns((alert, *said) for alert, said in tried.items()))


async def list_handovers(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Changes of shift: a few a day."""
    for fact in batch:
        if isinstance(fact.event, DeskHandedOver):
            event = fact.event
            found = json.dumps([one.model_dump(mode="json") for one in event.open])
            said = (event.desk, event.agency, event.given_by, event.taken_by, list(event.on_call), found, event.number)
            await connection.execute(HANDED, fact.cause, fact.position, *said, fact.recorded_at)


def _try(fact: Recorded[Event], tried: dict[UUID, tuple[int, int, bool | None]]) -> None:
    """Counts what became of an attempt, and whether anybody could be reached."""
    delivered, failed, unreached = tried.get(fact.stream, (0, 0, None))
    match fact.event:
        case AlertDelivered():
            tried[fact.stream] = delivered + 1, failed, False
        case AlertNotDelivered():
            tried[fact.stream] = delivered, failed + 1, unreached
        case AlertRaised(unreached=True):
            tried[fact.stream] = delivered, failed, True


def messages_in(batch: Iterable[Recorded[Event]]) -> Iterator[list[tuple[str, Any]]]:
    """The messages that left, a contact's one after the other: one statement may touch a row once only."""
    left: dict[Any, tuple[str, Any]] = {}
    for fact in batch:
        if isinstance(fact.event, AlertDelivered):
            left[fact.event.message or fact.id, fact.event.contact] = (fact.event.contact, fact.recorded_at)
    rounds: list[dict[str, tuple[str, Any]]] = []
    for contact, at in left.values():
        place = next((number for number, known in enumerate(rounds) if contact not in known), len(rounds))
        if place == len(rounds):
            rounds.append({})
        rounds[place][contact] = (contact, at)
    yield from (list(known.values()) for known in rounds)


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
            whom = (" ".join(event.duties), event.escalation, event.desk, event.about, event.caravan)
            statement = NEXT if event.unreached else AGAIN
            return statement, (*of_alert, event.urgency, event.code, fact.recorded_at, *whom)
        case AlertAnswered():
            return ANSWERED, (fact.stream,)
        case AlertDelivered() as event:
            return DELIVERED, (fact.stream, event.contact, event.attempt)
        case AlertNotDelivered() as event:
            return POSTPONE, (fact.stream, event.contact, event.attempt, event.retry_at, event.next_way)
        case AlertDeferred() as event:
            return DEFER, (fact.stream, event.contact, event.until)
        case _:
            return None, ()
