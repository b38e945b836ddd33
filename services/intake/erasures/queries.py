"""Reads what an erasure would destroy, and which persons' terms are over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.referral_states import OPEN
from services.chassis.database import Database
from services.intake.erasures.policy import RetentionPolicy
from services.intake.erasures.schemas import DueErasure, DueErasures

MAX_DUE = 500
KEYS = "select id, class from vault.key where subject = $1 order by id"
SLIPS = "select count(*) from vault.slip where case_id = $1"
REFUSALS = "select refusal_id from refusal where subject = $1 order by refusal_id"
OPEN_REFERRALS = "select count(*) from referral_status where case_id = $1 and state = any($2::text[])"
# A case is due by what happened last, to it or to any of its referrals; PEAS's count, though nobody is told of them.
DUE_CASES = """
select case_id, submission.shelter, greatest(submission.changed_at, last.changed_at) as since
from submission left join lateral (
  select max(changed_at) as changed_at, bool_or(state = any($1::text[])) as open
  from referral_status where case_id = submission.case_id) as last on true
where submission.changed_at < $2 and greatest(submission.changed_at, last.changed_at) < $2
  and not coalesce(last.open, false)
  and not exists (select from erasure where erasure.subject = submission.subject)
order by since, case_id limit $3
"""
DUE_REFUSALS = """
select refusal_id, org as shelter, coalesce(settled_at, recorded_at) as since from refusal
where case when settled_at is null then recorded_at < $1 else settled_at < $2 end and erased_at is null
  and not exists (select from submission where submission.subject = refusal.subject)
order by since, refusal_id limit $3
"""


@dataclass(frozen=True, slots=True)
class ErasedThings:
    """What belongs to one person, by id; nothing of what it says."""

    keys: Mapping[UUID, str]
    """Keys in the vault, with their class."""
    refusals: tuple[UUID, ...]
    slips: int
    open_referrals: int


async def things_of(database: Database, subject: UUID, case: UUID | None) -> ErasedThings:
    """What the erasure of a person would destroy."""
    async with database.as_system() as connection:
        keys = {UUID(int=row["id"].int): row["class"] for row in await connection.fetch(KEYS, subject)}
        refusals = tuple(UUID(int=row["refusal_id"].int) for row in await connection.fetch(REFUSALS, subject))
        slips = await connection.fetchval(SLIPS, case)
        waiting = await connection.fetchval(OPEN_REFERRALS, case, sorted(OPEN))
    return ErasedThings(keys, refusals, slips, waiting)


async def due(database: Database, policy: RetentionPolicy, at: datetime) -> DueErasures:
    """The cases and refused documents whose term is over, oldest first; at most 500 of each at once."""
    terms = policy.refused_documents
    async with database.as_system() as connection:
        cases = await connection.fetch(DUE_CASES, sorted(OPEN), at - policy.closed_cases, MAX_DUE)
        refusals = await connection.fetch(DUE_REFUSALS, at - terms.waiting, at - terms.settled, MAX_DUE)
    return DueErasures(
        policy=policy.version,
        items=[*(_due("closed_case", row, "case_id") for row in cases)]
        + [_due("refused_document", row, "refusal_id") for row in refusals],
    )


def _due(kind: Any, row: Any, name: str) -> DueErasure:
    return DueErasure(kind=kind, id=row[name], shelter=row["shelter"], since=row["since"])
