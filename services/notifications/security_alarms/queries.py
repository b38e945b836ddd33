"""Reads what every service has counted, and which alarms were raised."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from events.vocabulary import AlarmScope, AlertAbout, Watched
from services.chassis.database import Database
from services.notifications.security_alarms.domain import Burst
from services.notifications.security_alarms.policy import Threshold

OVER = """
select w.watched, w.scope, w.whose, sum(w.counted)::bigint as counted, min(w.minute) as since
from unnest($1::text[], $2::text[], $3::interval[], $4::bigint[]) as r (watched, scope, within, most)
join accounts.watched w on w.watched = r.watched and w.scope = r.scope and w.minute > $5::timestamptz - r.within
where w.minute > $5::timestamptz - $6::interval
group by w.watched, w.scope, w.whose, r.most having sum(w.counted) >= r.most
order by w.watched, w.scope, w.whose limit 200
"""
COUNTED = """
select coalesce(sum(counted), 0)::bigint as counted, max(minute) as last from accounts.watched
where watched = $1 and scope = $2 and whose = $3 and minute >= $4
"""
ALARMS = "select distinct referral_id from alert where about = $1"


async def bursts_over(database: Database, thresholds: Iterable[Threshold], now: datetime) -> list[Burst]:
    """What is over its threshold now."""
    rules = [(one.watched.value, one.scope.value, one.within, one.most) for one in thresholds]
    columns = [list(column) for column in zip(*rules, strict=True)]
    longest: timedelta = max(columns[2])
    async with database.reading() as connection:
        rows = await connection.fetch(OVER, *columns, now, longest)
    return [
        Burst(Watched(row["watched"]), AlarmScope(row["scope"]), row["whose"], row["counted"], row["since"])
        for row in rows
    ]


async def counted_since(database: Database, burst: Burst) -> tuple[int, datetime | None]:
    """How many were counted since a burst began, and the minute of the last; ``None``: it is forgotten by now."""
    async with database.reading() as connection:
        row = await connection.fetchrow(COUNTED, burst.watched, burst.scope, burst.whose, burst.since)
    return row["counted"], row["last"]


async def alarm_streams(database: Database) -> list[UUID]:
    """The streams of all alarms that were ever raised."""
    async with database.as_system() as connection:
        return [row["referral_id"] for row in await connection.fetch(ALARMS, AlertAbout.SECURITY)]
