"""Stores the queue of deliveries: what an alert's events add to it, postpone in it and remove from it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDeferred, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import AlertAbout
from services.chassis.database import Database
from services.chassis.eventlog.projections import columns
from services.notifications.alerts.domain import is_for_desk
from services.notifications.contacts.roster import PROGRAMME
from services.notifications.delivery.queue import Due

ENQUEUE = """
insert into delivery (alert_id, contact_id, referral_id, case_id, agency, urgency, code, channel, way, due_at,
  escalation, desk, duty, stands_in, raised_at, about, caravan)
select distinct on (alert_id, recipient.contact_id) alert_id, recipient.contact_id, referral_id, case_id, raised.agency,
  urgency, code, way.channel, way.way, due_at, escalation, raised.desk, recipient.duty, recipient.stands_in, due_at,
  about, caravan
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
    $9::uuid[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::text[])
  as raised (alert_id, referral_id, case_id, agency, urgency, code, due_at, duties, escalation, desk, about, caravan,
    otherwise, not_by)
cross join lateral (
  select * from roster where roster.duty = any(string_to_array(duties, ' ')) and roster.desk = coalesce(
    (select own.desk from roster own where own.desk = raised.desk limit 1), raised.otherwise)
    and not (raised.about = 'answer' and exists (
      select from contact where contact.contact_id = roster.contact_id and contact.agency = '*'))) recipient
cross join lateral (
  select channel, way from contact_way where contact_way.contact_id = recipient.contact_id
    and (raised.not_by is null or channel <> raised.not_by) order by way limit 1) way
order by alert_id, recipient.contact_id, recipient.place
on conflict (alert_id, contact_id) do """
"""What only needs reading is in a shelter's list: the programme is not sent it in the stead of one without contacts."""
RAISE_AGAIN = (
    ENQUEUE
    + """update set
  urgency = excluded.urgency, escalation = excluded.escalation, due_at = excluded.due_at, leased_until = null,
  attempts = delivery.attempts + 1, way = excluded.way, channel = excluded.channel, rounds = 0, bundle = null,
  raised_at = excluded.raised_at, desk = excluded.desk
"""
)
"""Raising again increments ``attempts``, so the late result of an attempt in flight is ignored."""
OF_AN_AGENCY = frozenset({AlertAbout.SILENCE, AlertAbout.CHANGE})
"""What the programme's coordinator is notified of by an agency's roster, also without its desk."""
ADD_CONTACTS = ENQUEUE + "nothing"
"""Nobody could be reached: adds the next duty's contacts and leaves the queued deliveries as they are."""
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
REMOVE_ANSWERED = (
    "delete from delivery using unnest($1::uuid[]) as answered (alert_id) where delivery.alert_id = answered.alert_id"
)
REMOVE_DELIVERED = """
delete from delivery using unnest($1::uuid[], $2::text[], $3::integer[]) as sent (alert_id, contact_id, attempt)
where delivery.alert_id = sent.alert_id and delivery.contact_id = sent.contact_id and attempts < sent.attempt
"""
RECORD_MESSAGES = """
insert into told (contact_id, at)
select contact_id, array[at] from unnest($1::text[], $2::timestamptz[]) as t (contact_id, at)
on conflict (contact_id) do update set at = (excluded.at || told.at)[1:8]
"""
"""Adds one message to each contact's last eight, however many alerts the message was about."""
BUNDLE = """
update delivery set bundle = $1 from unnest($2::uuid[]) as of (alert_id)
where delivery.alert_id = of.alert_id and contact_id = $3
"""
HOLD = """
update delivery set leased_until = null, due_at = $1 from unnest($2::uuid[]) as of (alert_id)
where delivery.alert_id = of.alert_id and contact_id = $3
"""


async def queue_deliveries(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Updates the queue and each contact's last messages from a batch of events."""
    for statement, rows in queue_steps(batch):
        await connection.execute(statement, *columns(rows))
    for messages in messages_in(batch):
        await connection.execute(RECORD_MESSAGES, *columns(messages))


async def bundle_deliveries(database: Database, bundle: UUID, due: Sequence[Due]) -> None:
    """Assigns deliveries to one contact to one message, so that a later attempt sends the same message again."""
    async with database.reading() as connection:
        await connection.execute(BUNDLE, bundle, [one.alert for one in due], due[0].contact)


async def hold_deliveries(database: Database, until: datetime, due: Sequence[Due]) -> None:
    """Releases deliveries to one contact and makes them due again at a moment."""
    async with database.reading() as connection:
        await connection.execute(HOLD, until, [one.alert for one in due], due[0].contact)


def messages_in(batch: Iterable[Recorded[Event]]) -> Iterator[list[tuple[str, Any]]]:
    """The messages sent, in rounds with one message a contact: a statement may touch each row only once."""
    sent: dict[Any, tuple[str, Any]] = {}
    for fact in batch:
        if isinstance(fact.event, AlertDelivered):
            sent[fact.event.message or fact.id, fact.event.contact] = (fact.event.contact, fact.recorded_at)
    rounds: list[dict[str, tuple[str, Any]]] = []
    for contact, at in sent.values():
        number = next((number for number, taken in enumerate(rounds) if contact not in taken), len(rounds))
        if number == len(rounds):
            rounds.append({})
        rounds[number][contact] = (contact, at)
    yield from (list(messages.values()) for messages in rounds)


def queue_steps(batch: Iterable[Recorded[Event]]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The statements for a batch, each with its rows, in an order that keeps that of each alert's own events.

    Different alerts touch no common row, so their rows share a statement. What one alert's event needs is one row, or
    several of which the statement takes the first for each contact.
    """
    steps: list[tuple[str, list[tuple[Any, ...]]]] = []
    after: dict[UUID, int] = {}
    """By alert: the first step that its next event may join."""
    for fact in batch:
        statement, rows = _queued(fact)
        if statement is None:
            continue
        at = after.get(fact.stream, 0)
        while at < len(steps) and steps[at][0] is not statement:
            at += 1
        if at == len(steps):
            steps.append((statement, []))
        steps[at][1].extend(rows)
        after[fact.stream] = at + 1
    return steps


def _queued(fact: Recorded[Event]) -> tuple[str | None, Sequence[tuple[Any, ...]]]:
    """The statement that an event needs, and its rows; ``None``: the event does not touch the queue."""
    match fact.event:
        case AlertRaised() as event:
            return ADD_CONTACTS if event.unreached else RAISE_AGAIN, _recipients(fact, event)
        case AlertAnswered():
            return REMOVE_ANSWERED, [(fact.stream,)]
        case AlertDelivered() as event:
            return REMOVE_DELIVERED, [(fact.stream, event.contact, event.attempt)]
        case AlertNotDelivered() as event:
            return POSTPONE, [(fact.stream, event.contact, event.attempt, event.retry_at, event.next_way)]
        case AlertDeferred() as event:
            return DEFER, [(fact.stream, event.contact, event.until)]
        case _:
            return None, ()


def _recipients(fact: Recorded[Event], event: AlertRaised) -> list[tuple[Any, ...]]:
    """A row for each place of the roster: the desk and the one that had it before, the shelter, or the programme.

    Where the roster does not have that place, the agency's contacts are notified, or the programme's.
    """
    places: list[str | None] = []
    if event.shelter is not None:
        otherwise = PROGRAMME
        places.append(event.shelter)
    elif is_for_desk(event) or event.about in OF_AN_AGENCY:
        otherwise = event.agency
        places += [event.desk, *([event.formerly] if event.formerly else [])]
    else:
        otherwise = PROGRAMME
        places.append(PROGRAMME)
    due_at = max(fact.recorded_at, event.not_before or fact.recorded_at)
    of_alert = (fact.stream, event.referral, fact.case, event.agency, event.urgency, event.code, due_at)
    targets = (" ".join(event.duties), event.escalation)
    return [(*of_alert, *targets, place, event.about, event.caravan, otherwise, event.not_by) for place in places]
