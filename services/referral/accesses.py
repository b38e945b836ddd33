"""The read model of exceptional accesses."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event, Recorded
from services.chassis.access import Action, Principal, Whose, whose
from services.chassis.database import Database

OPENED = """
insert into access (access_id, sequence, referral_id, case_id, agency, shelter, basis, opened_as, opened_for, opened_at,
  until, review_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
REVIEWED = "update access set verdict = $2, reviewed_at = $3 where access_id = $1"
ESCALATED = "update access set escalated_at = $2 where access_id = $1"
MOST = 200
SEEN = """
select * from access where ($1::text is null or (agency <> 'PEAS' and is_held_by(case_id, shelter, $1)))
  and ($2::text is null or agency = $2 or opened_for = $2) and ($3 or agency <> 'PEAS')
order by sequence desc limit $4
"""


async def project_accesses(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the rows up to a batch: there are few."""
    for fact in batch:
        match fact.event:
            case BreakGlassOpened() as event:
                opened_as = ":".join(fact.actor.split(":")[:2])
                whose = (event.referral, fact.case, event.agency, event.shelter, event.basis, opened_as)
                times = (fact.recorded_at, event.until, event.review_by)
                await connection.execute(OPENED, fact.stream, fact.position, *whose, event.opened_for, *times)
            case BreakGlassReviewed() as event:
                await connection.execute(REVIEWED, fact.stream, event.verdict, fact.recorded_at)
            case BreakGlassUnreviewed():
                await connection.execute(ESCALATED, fact.stream, fact.recorded_at)
            case _:
                pass


async def accesses_seen(database: Database, principal: Principal) -> list[dict[str, Any]]:
    """The latest first: a shelter's are those to its cases, an agency's those to its referrals and by its people."""
    which = whose(principal, Action.SEE_ACCESSES)
    shelter = principal.org if which is Whose.OWN_SHELTER else None
    agency = principal.org if which is Whose.OWN_AGENCY else None
    about_staff = which in {Whose.ANY, Whose.OWN_AGENCY}
    async with database.shown_to(principal) as connection:
        rows = await connection.fetch(SEEN, shelter, agency, about_staff, MOST)
    return [
        {
            "access_id": str(row["access_id"]),
            "referral_id": str(row["referral_id"]),
            "case_id": str(row["case_id"]),
            **{name: row[name] for name in ("agency", "shelter", "basis", "opened_as", "opened_for", "verdict")},
            **{
                name: None if row[name] is None else row[name].isoformat()
                for name in ("opened_at", "until", "review_by", "reviewed_at", "escalated_at")
            },
        }
        for row in rows
    ]
