"""Lists the cases whose keys were lost, so that their shelters can be asked to send them again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.database import Database

LOST = """
select case_id, coalesce(held_by, shelter) as shelter, receipt, recorded_at from submission
where not exists (select from vault.key where id = answered_with)
  and not exists (select from vault.erased where id = answered_with)
order by shelter, recorded_at, case_id
"""


@dataclass(frozen=True, slots=True)
class LostCase:
    """A case that nobody can open until it is sent again; nothing of what it says."""

    shelter: str
    """The shelter that holds it."""
    receipt: str
    """What the shelter noted down when it registered the case."""
    case: UUID
    recorded_at: datetime


async def lost_cases(database: Database) -> list[LostCase]:
    """Every such case, by shelter; the same answer until a case was sent again."""
    async with database.as_system() as connection:
        rows = await connection.fetch(LOST)
    return [LostCase(row["shelter"], row["receipt"], UUID(int=row["case_id"].int), row["recorded_at"]) for row in rows]
