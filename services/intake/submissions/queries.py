"""Finds a submission received before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.database import Database

EXISTING = """
select case_id, subject, opened, shelter, fingerprint, sealed_with, recorded_at from submission
where id = $1 order by shelter = $2 desc, recorded_at limit 1
"""


@dataclass(frozen=True, slots=True)
class ExistingSubmission:
    """A submission that opened a case before."""

    case: UUID
    subject: UUID
    opened: UUID
    shelter: str
    """The shelter that registered it."""
    fingerprint: str
    key: UUID
    """Id of the key of the fingerprint."""
    recorded_at: datetime


async def existing_submission(database: Database, submission: UUID, shelter: str) -> ExistingSubmission | None:
    """The case that a submission opened, if any; of several under one id, that of this shelter."""
    async with database.as_system() as connection:
        row = await connection.fetchrow(EXISTING, submission, shelter)
    if row is None:
        return None
    case, subject, opened, key = (UUID(int=row[name].int) for name in ("case_id", "subject", "opened", "sealed_with"))
    return ExistingSubmission(case, subject, opened, row["shelter"], row["fingerprint"], key, row["recorded_at"])


async def refused_before(database: Database, submission: UUID, org: str) -> list[UUID]:
    """The refused documents of a submission that the organisation has not corrected.

    One that was set aside is among them: whoever did that may not have seen all of it.
    """
    query = """select refusal_id from refusal
        where submission = $1 and org = $2 and not amends and corrected is not true and erased_at is null"""
    async with database.as_system() as connection:
        return [UUID(int=row["refusal_id"].int) for row in await connection.fetch(query, submission, org)]


async def amendments_refused_before(database: Database, case: UUID) -> list[UUID]:
    """The refused amendments of a case that were not corrected, whichever shelter had custody when it sent them."""
    query = """select refusal_id from refusal
        where case_id = $1 and amends and corrected is not true and erased_at is null"""
    async with database.as_system() as connection:
        return [UUID(int=row["refusal_id"].int) for row in await connection.fetch(query, case)]


async def is_opened(database: Database, case: UUID) -> bool:
    """Whether there is a case of this id."""
    async with database.as_system() as connection:
        return bool(await connection.fetchval("select exists (select from submission where case_id = $1)", case))
