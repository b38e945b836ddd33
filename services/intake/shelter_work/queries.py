"""Counts what waits for a shelter's staff, and finds the cases in which somebody must speak with the person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.vocabulary import Agency, DemandAnswer
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.intake.restricted_contacts.domain import LAPSES_AFTER

MOST = 100
"""No count and no list goes further."""

COUNTS = """
select
  (select count(*) from (select from refusal where org = $1 and settled_at is null limit $2) as one) as refused,
  (select count(*) from (select from authority_demand
    where came_to = $1 and (answer is null or answer = $3) limit $2) as one) as demanded
"""
FROZEN = """
select case_id, receipt, frozen_at as since from submission join continuity using (case_id)
where coalesce(submission.held_by, submission.shelter) = $1 and frozen_at is not null
  and frozen_recipient is distinct from $2
order by frozen_at, case_id limit $3
"""
WISHED = """
select case_id, receipt, min(requested_at) as since from restricted_contact join submission using (case_id)
where coalesce(submission.held_by, submission.shelter) = $1
  and authorised_at is null and withdrawn_at is null and requested_at >= $2
group by case_id, receipt order by since, case_id limit $3
"""


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A case in which somebody must speak with the person, or decide."""

    case: UUID
    receipt: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelterWork:
    """What waits, as far as the viewer may see it; ``demanded`` is none of those who may not see demands."""

    refused: int
    demanded: int
    to_check: list[WaitingCase]
    """Withdrawals made with the slip."""
    to_authorise: list[WaitingCase]
    """Wishes to contact an authority, which lapse."""


async def work_of_shelter(database: Database, by: Principal, now: datetime) -> ShelterWork:
    """What waits for the principal's shelter now. A withdrawal from whom a shelter must not know is not told of."""
    async with database.as_principal(by) as connection:
        counted = await connection.fetchrow(COUNTS, by.org, MOST, DemandAnswer.REFERRED_TO_LEGAL)
        frozen = await connection.fetch(FROZEN, by.org, Agency.PEAS, MOST)
        wished = await connection.fetch(WISHED, by.org, now - LAPSES_AFTER, MOST)
    return ShelterWork(
        refused=counted["refused"],
        demanded=counted["demanded"],
        to_check=[WaitingCase(row["case_id"], row["receipt"], row["since"]) for row in frozen],
        to_authorise=[WaitingCase(row["case_id"], row["receipt"], row["since"]) for row in wished],
    )
