"""The read model of exceptional accesses."""

from collections.abc import Sequence

import asyncpg

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event, Recorded
from services.referral.lifecycle.transitions import role_and_organisation

OPENED = """
insert into access (access_id, sequence, referral_id, case_id, agency, shelter, basis, opened_as, opened_for, opened_at,
  until, review_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
REVIEWED = "update access set verdict = $2, reviewed_at = $3 where access_id = $1"
ESCALATED = "update access set escalated_at = $2 where access_id = $1"


async def project_accesses(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Updates the rows one by one: there are few."""
    for fact in batch:
        match fact.event:
            case BreakGlassOpened() as event:
                opened_as = role_and_organisation(fact.actor)
                about = (event.referral, fact.case, event.agency, event.shelter, event.basis, opened_as)
                times = (fact.recorded_at, event.until, event.review_by)
                await connection.execute(OPENED, fact.stream, fact.position, *about, event.opened_for, *times)
            case BreakGlassReviewed() as event:
                await connection.execute(REVIEWED, fact.stream, event.verdict, fact.recorded_at)
            case BreakGlassUnreviewed():
                await connection.execute(ESCALATED, fact.stream, fact.recorded_at)
            case _:
                pass
