"""Lists exceptional accesses: those that a principal may see, and those that were not reviewed in time."""

from datetime import datetime
from uuid import UUID

from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.database import Database
from services.referral.break_glass.schemas import BreakGlassEntry, BreakGlassList

PAGE_SIZE = 200
VISIBLE = """
select * from access where ($1::text is null or (agency <> 'PEAS' and is_held_by(case_id, shelter, $1)))
  and ($2::text is null or agency = $2 or opened_for = $2) and ($3 or agency <> 'PEAS')
order by sequence desc limit $4
"""
OVERDUE = """
select access_id from access where verdict is null and escalated_at is null and review_by <= $1
order by review_by limit 64
"""


async def visible_accesses(database: Database, principal: Principal) -> BreakGlassList:
    """The latest first: to a shelter those to its cases, to an agency those to its referrals and by its staff."""
    which = scope_of(principal, Action.SEE_ACCESSES)
    shelter = principal.org if which is Scope.OWN_SHELTER else None
    agency = principal.org if which is Scope.OWN_AGENCY else None
    about_staff = which in {Scope.ANY, Scope.OWN_AGENCY}
    async with database.as_principal(principal) as connection:
        rows = await connection.fetch(VISIBLE, shelter, agency, about_staff, PAGE_SIZE)
    return BreakGlassList(
        items=[BreakGlassEntry(**{name: row[name] for name in BreakGlassEntry.model_fields}) for row in rows]
    )


async def overdue_accesses(database: Database, now: datetime) -> list[UUID]:
    """The accesses without a review although it is due, the longest overdue first."""
    async with database.as_system() as connection:
        return [UUID(int=row["access_id"].int) for row in await connection.fetch(OVERDUE, now)]
