"""Reads the timers that are due or late, and who speaks for a child."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from events.referral_states import OPEN
from events.vocabulary import Agency, ReferralState, Urgency
from services.chassis.clock import Clock
from services.chassis.runtime.checks import Check, aged

BATCH_SIZE = 64
DUE = """
select due.referral_id, due.next_at from unnest($4::text[]) as of_class (urgency) cross join lateral (
  select referral_id, next_at from timer where timer.urgency = of_class.urgency and next_at <= $1
  and not referral_id = any($2::uuid[]) order by next_at limit $3) as due
order by of_class.urgency, due.next_at limit $3
"""
"""By urgency, then by due time: after an outage a U0 does not wait behind yesterday's reminders."""
OLDEST = """
select min(due.next_at) from unnest($2::text[]) as of_class (urgency) cross join lateral (
  select next_at from timer where timer.urgency = of_class.urgency and next_at <= $1 order by next_at limit 1) as due
"""
HAS_THE_CASE = """
select exists (select from referral where case_id = $1 and agency = $2 and sent_at is not null and state = any($3))
"""
HAS_IT = OPEN - {ReferralState.PROPOSED, ReferralState.BLOCKED_CONSENT}


async def representative_of(connection: asyncpg.Connection, case: UUID) -> Agency | None:
    """The agency that is asked for a child for whom nobody present may decide, if it has the case: UNICEF."""
    has_it = await connection.fetchval(HAS_THE_CASE, case, Agency.UNICEF, list(HAS_IT))
    return Agency.UNICEF if has_it else None


async def timers_due(
    connection: asyncpg.Connection, now: datetime, *, besides: Collection[UUID]
) -> list[tuple[UUID, datetime]]:
    """At most ``BATCH_SIZE`` referrals whose timer is due, with the due time; without those in ``besides``."""
    rows = await connection.fetch(DUE, now, list(besides), BATCH_SIZE, list(Urgency))
    return [(UUID(int=row["referral_id"].int), row["next_at"]) for row in rows]


async def late_timers(connection: asyncpg.Connection, *, clock: Clock, limit: float) -> Sequence[Check]:
    """Whether the oldest timer that is due waits longer than ``limit`` seconds; also one that cannot be read."""
    now = clock()
    oldest = await connection.fetchval(OLDEST, now, list(Urgency))
    return (aged("timers", None if oldest is None else (now - oldest).total_seconds(), limit),)
