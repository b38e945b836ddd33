"""Takes what is due from the queue, leased, and counts the channels by which a contact can still be reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from events.vocabulary import Agency, AlertAbout, Urgency
from services.chassis.database import Database
from services.notifications.contacts.quiet_hours import QuietHours
from services.notifications.delivery.grouping import grouped_with
from services.notifications.delivery.queue import Due

LEASE = timedelta(minutes=1)
BATCH_SIZE = 8
"""Deliveries leased at once."""

DUE = """
update delivery set leased_until = $1::timestamptz + $2::interval
from (
  select d.alert_id, d.contact_id, w.target, c.timezone, c.quiet_from, c.quiet_to, c.language, told.at as told
  from unnest($4::text[]) as kind (channel) cross join unnest($5::text[]) as u (urgency)
  cross join lateral (
    select * from delivery where channel = kind.channel and delivery.urgency = u.urgency and due_at <= $1
    and (leased_until is null or leased_until <= $1) order by due_at limit $3 for update skip locked) d
  join contact c using (contact_id)
  join contact_way w on w.contact_id = d.contact_id and w.way = d.way
  left join told on told.contact_id = d.contact_id
  order by d.urgency, d.due_at limit $3) due
where delivery.alert_id = due.alert_id and delivery.contact_id = due.contact_id
returning delivery.*, due.target, due.timezone, due.quiet_from, due.quiet_to, due.language, due.told
"""
"""Leases the most urgent, of those the longest due. One index range for each channel and urgency, so that deliveries
due later, or for a channel that is not configured, are never read, however many they are."""
FORCE_INDEX = "set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off"
"""Forces index scans: the plan was cached while the table was empty (ADR 0002)."""
REST_OF_BURST = """
update delivery set leased_until = $1::timestamptz + $2::interval
from (
  select alert_id, contact_id from delivery
  where contact_id = $3 and way = $4 and notice is null and about = any($8::text[])
    and bundle is not distinct from $5 and urgency = any($6::text[]) and caravan = $7
    and due_at <= $1 and (leased_until is null or leased_until <= $1)
  order by due_at limit 500 for update skip locked) more
where delivery.alert_id = more.alert_id and delivery.contact_id = more.contact_id
returning delivery.*
"""
"""Leases what else is due to the contact and may be grouped with one delivery."""
CHANNELS = (
    "select greatest(count(*) filter (where channel = any($2::text[])), 1) from contact_way where contact_id = $1"
)
ROUNDS = "select rounds from delivery where alert_id = $1 and contact_id = $2"
REACHABLE = "select count(*) from delivery where alert_id = $1 and contact_id <> $2 and rounds < $3"
"""Counts the contacts of an alert of whom not every channel failed in so many rounds."""


async def lease_due(database: Database, now: datetime, channels: Sequence[str]) -> list[Due]:
    """Leases the next deliveries for these channels, at most ``BATCH_SIZE``."""
    async with database.reading() as connection, connection.transaction():
        await connection.execute(FORCE_INDEX)
        rows = await connection.fetch(DUE, now, LEASE, BATCH_SIZE, list(channels), list(Urgency))
    return [_due(row) for row in rows]


async def lease_rest_of_burst(database: Database, now: datetime, like: Due, urgencies: Sequence[Urgency]) -> list[Due]:
    """Leases the deliveries of these urgencies that may share a message with ``like``."""
    abouts = [about.value for about in grouped_with(like.about)]
    arguments = (now, LEASE, like.contact, like.way, like.bundle, list(urgencies), like.caravan, abouts)
    async with database.reading() as connection, connection.transaction():
        rows = await connection.fetch(REST_OF_BURST, *arguments)
    return [_due(row, like) for row in rows]


async def count_channels(database: Database, contact: str, channels: Sequence[str]) -> int:
    """By how many of these channels a contact can be reached; at least one."""
    async with database.reading() as connection:
        count: int = await connection.fetchval(CHANNELS, contact, list(channels))
    return count


async def was_last_contact_to_fail(database: Database, alert: UUID, contact: str, rounds: int) -> bool:
    """Whether, with this failed round, every channel of every contact of an alert has failed in ``rounds`` rounds."""
    async with database.reading() as connection:
        tried = await connection.fetchval(ROUNDS, alert, contact)
        if tried is None or tried + 1 < rounds:
            return False
        return not await connection.fetchval(REACHABLE, alert, contact, rounds)


def _due(row: Any, like: Due | None = None) -> Due:
    """A row of ``DUE``; or one of ``REST_OF_BURST``, which takes what concerns the contact from ``like``."""
    return Due(
        alert=row["alert_id"],
        referral=row["referral_id"],
        case=row["case_id"],
        agency=Agency(row["agency"]),
        urgency=Urgency(row["urgency"]),
        code=row["code"],
        channel=row["channel"],
        contact=row["contact_id"],
        target=row["target"] if like is None else like.target,
        attempts=row["attempts"],
        escalation=row["escalation"],
        about=AlertAbout(row["about"]),
        caravan=row["caravan"],
        way=row["way"],
        bundle=row["bundle"],
        raised_at=row["raised_at"],
        language=row["language"] if like is None else like.language,
        quiet=_quiet_hours(row) if like is None else like.quiet,
        notice=row["notice"],
        number=row["number"] or 0,
        last_messages=tuple(row["told"] or ()) if like is None else like.last_messages,
    )


def _quiet_hours(row: Any) -> QuietHours | None:
    if row["quiet_from"] is None:
        return None
    return QuietHours(row["quiet_from"], row["quiet_to"], ZoneInfo(row["timezone"]))
