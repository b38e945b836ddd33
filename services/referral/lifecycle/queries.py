"""The open and the expired referrals; guards against a second open one at one agency, and against news of the case."""

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

import asyncpg

from events.referral_states import CLOSED
from events.vocabulary import Agency, Urgency
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError

Guard = Callable[[asyncpg.Connection], Awaitable[None]]
"""Checks a decision again in the transaction of the append; raises if it no longer holds."""


OPEN_REFERRALS = "select referral_id from referral where case_id = $1 and state <> all($2::text[]) order by sequence"
EXPIRED = """
select referral_id, version from referral where state = 'expired' and urgency = any($1::text[]) order by referral_id
"""


OTHER_OPEN_REFERRAL = """
select exists (select from referral
  where case_id = $1 and state <> all($2::text[]) and agency = $3 and referral_id <> $4)
"""


async def open_referrals(database: Database, case: UUID) -> list[UUID]:
    """The ids of the open referrals of a case, in the order in which they were proposed."""
    async with database.as_system() as connection:
        rows = await connection.fetch(OPEN_REFERRALS, case, list(CLOSED))
    return [UUID(int=row["referral_id"].int) for row in rows]


async def expired_referrals(database: Database, urgencies: Collection[Urgency]) -> list[tuple[UUID, int]]:
    """The expired referrals of these classes that nobody has rerouted, with their versions."""
    async with database.as_system() as connection:
        rows = await connection.fetch(EXPIRED, list(urgencies))
    return [(UUID(int=row["referral_id"].int), row["version"]) for row in rows]


CASE_CHANGED = "select (select max(version) from intake.event where stream = $1) is distinct from $2"


def case_unchanged(case: UUID, version: int) -> Guard:
    """A guard that raises ``VersionConflictError`` if the case has changed, so that no decision misses a no."""

    async def look(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(CASE_CHANGED, case, version):
            raise VersionConflictError

    return look


def no_other_open_referral(case: UUID, agency: Agency, *, besides: UUID) -> Guard:
    """A guard that raises ``VersionConflictError`` if the agency has another open referral of the case."""

    async def look(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(OTHER_OPEN_REFERRAL, case, list(CLOSED), agency, besides):
            raise VersionConflictError

    return look
