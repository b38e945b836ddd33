"""Reads who has custody of a case, which cases are of one family, and whether a case changed meanwhile."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.commands import InTransaction

FAMILY = """
select other.case_id from vault.person_index as own join vault.person_index as other
  on other.family = own.family and other.case_id <> own.case_id
join submission on submission.case_id = other.case_id
left join continuity on continuity.case_id = other.case_id
where own.case_id = $1 and coalesce(continuity.shelter, submission.shelter) = $2
order by other.case_id
"""
CHANGED = "select (select max(version) from event where stream = $1) is distinct from $2"


@dataclass(frozen=True, slots=True)
class Custody:
    """Which shelter has custody of a case and which had it before, its slip and its unchecked withdrawal."""

    shelter: str
    former: Collection[str]
    slip_issued_at: datetime | None
    frozen_at: datetime | None
    frozen_recipient: str | None


async def current_holder(database: Database, case: UUID, registered: str) -> Custody:
    """Custody of a case; it is with the shelter ``registered`` until the first transfer."""
    async with database.as_system() as connection:
        row = await connection.fetchrow("select * from continuity where case_id = $1", case)
    if row is None:
        return Custody(registered, (), None, None, None)
    holder: str = row["shelter"] or registered
    return Custody(holder, row["former"], row["slip_issued_at"], row["frozen_at"], row["frozen_recipient"])


async def family_of(database: Database, case: UUID, shelter: str, principal: Principal) -> list[UUID]:
    """The cases of the same family in custody of the same shelter. The link itself is a keyed digest, never shown."""
    async with database.as_principal(principal) as connection:
        return [row["case_id"] for row in await connection.fetch(FAMILY, case, shelter)]


def unless_changed(case: UUID, version: int) -> InTransaction:
    """Undoes an append with ``VersionConflictError`` if the case has another version by then."""

    async def check(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(CHANGED, case, version):
            raise VersionConflictError

    return check
