"""What intake answers about a case's way, from its read models."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.access import Principal
from services.chassis.database import Database

FAMILY = """
select other.case_id from vault.person_index as own join vault.person_index as other
  on other.family = own.family and other.case_id <> own.case_id
join submission on submission.case_id = other.case_id
left join continuity on continuity.case_id = other.case_id
where own.case_id = $1 and coalesce(continuity.shelter, submission.shelter) = $2
order by other.case_id
"""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Which shelter holds a case, and which held it before."""

    shelter: str
    former: Collection[str]
    slip_issued_at: datetime | None
    frozen_at: datetime | None
    frozen_recipient: str | None

    def shown(self) -> dict[str, Any]:
        """To whoever sees the whole case."""
        frozen = None
        if self.frozen_at is not None:
            frozen = {"at": self.frozen_at.isoformat(), "recipient": self.frozen_recipient}
        issued = self.slip_issued_at
        return {"slip_issued_at": None if issued is None else issued.isoformat(), "frozen": frozen}


async def whereabouts(database: Database, case: UUID, registered: str) -> Whereabouts:
    """Of a case that ``registered`` registered."""
    async with database.own_work() as connection:
        row = await connection.fetchrow("select * from continuity where case_id = $1", case)
    if row is None:
        return Whereabouts(registered, (), None, None, None)
    holds: str = row["shelter"] or registered
    return Whereabouts(holds, row["former"], row["slip_issued_at"], row["frozen_at"], row["frozen_recipient"])


async def categories_of(database: Database, case: UUID) -> list[str] | None:
    """What the rules named of a case; ``None``: it is not known here yet."""
    async with database.own_work() as connection:
        found: list[str] | None = await connection.fetchval("select categories from assessed where case_id = $1", case)
    return found


async def family_of(database: Database, case: UUID, shelter: str, principal: Principal) -> list[str]:
    """The cases of the same family that the same shelter holds now. What links them is known to nobody."""
    async with database.shown_to(principal) as connection:
        return [str(row["case_id"]) for row in await connection.fetch(FAMILY, case, shelter)]
