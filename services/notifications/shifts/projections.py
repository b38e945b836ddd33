"""Stores shift handovers, who is called first since, and the notices to both people."""

import json
from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.notifications import DeskHandedOver
from events.vocabulary import Urgency
from services.notifications.contacts.projections import AddressBook

STORE_HANDOVER = """
insert into handover (command, sequence, desk, agency, given_by, taken_by, on_call, open, number, at)
values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10) on conflict (command) do nothing
"""
SET_ON_DUTY = """
insert into on_duty (desk, people) values ($1, $2) on conflict (desk) do update set people = excluded.people
"""
QUEUE_NOTICE = """
insert into delivery (alert_id, contact_id, referral_id, agency, urgency, code, channel, due_at, escalation, desk,
  notice, number)
select $1, contact_id, $1, $2, $3, '', contact_way.channel, $4, $5, $6, $7, $8
from contact_way join contact using (contact_id) where contact_id = $9 and way = 1 and not disabled
on conflict (alert_id, contact_id) do update set urgency = excluded.urgency, due_at = excluded.due_at,
  escalation = excluded.escalation, notice = excluded.notice, number = excluded.number, leased_until = null,
  attempts = delivery.attempts + 1, way = 1, channel = excluded.channel, rounds = 0
"""


async def list_handovers(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores the handovers of a batch, one statement each: there are a few a day."""
    for fact in batch:
        if isinstance(fact.event, DeskHandedOver):
            event = fact.event
            people = (event.given_by, event.taken_by, list(event.on_call))
            referrals = (json.dumps([one.model_dump(mode="json") for one in event.open]), event.number)
            values = (event.desk, event.agency, *people, *referrals)
            await connection.execute(STORE_HANDOVER, fact.cause, fact.position, *values, fact.recorded_at)


async def take_over(
    connection: asyncpg.Connection, *, book: AddressBook, event: DeskHandedOver, fact: Recorded[Event]
) -> None:
    """Puts the new person first on call, rebuilds the roster, and queues a notice to both people."""
    await connection.execute(SET_ON_DUTY, event.desk, [event.taken_by])
    await book.rebuild_roster(connection)
    urgency = min((one.urgency for one in event.open), default=Urgency.U3)
    values = (fact.stream, event.agency, urgency, fact.recorded_at, fact.id, event.desk)
    for notice, person in (("given", event.given_by), ("taken", event.taken_by)):
        await connection.execute(QUEUE_NOTICE, *values, notice, event.number, person)
