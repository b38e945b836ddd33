"""Finds pairs of cases that may be of one person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.intake.duplicates.domain import MAX_SHARED, NEVER_COMPARED, ComparedCase, reasons_to_suspect
from services.intake.duplicates.schemas import SuspectedDuplicate
from services.intake.submissions.blind_index import Digests

MAX_PAGE_SIZE = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMPARED_PERIOD = timedelta(days=30)

OWN = """
own as materialized (
  select indexed.name, indexed.document, indexed.phone, case_id, submission.recorded_at as at
  from submission join vault.person_index as indexed using (case_id) join assessed using (case_id)
  left join continuity using (case_id)
  where submission.shelter = $1 and coalesce(continuity.shelter, submission.shelter) = $1
    and submission.recorded_at > $2 and not assessed.categories && $3::text[]
)
"""
"""The shelter's own cases that are compared: those that it registered itself, because a transfer of custody does not
transfer who the person is; by the identity of the submission, because an amended one would make this a search."""
TELLING = """
telling as materialized (
  select case_id, at, (at at time zone 'America/Mexico_City')::date as day,
    case when count(*) over (partition by name) <= $4 then name end as name,
    case when count(*) over (partition by document) <= $4 then document end as document,
    case when count(*) over (partition by phone) <= $4 then phone end as phone
  from own
)
"""
"""Their values without those that many of them have."""
PAIR = """
select one.case_id as first_case, other.case_id as later_case, one.at as first_at, other.at as later_at,
  one.name as n1, other.name as n2, one.document as d1, other.document as d2, one.phone as p1, other.phone as p2
from telling as one join telling as other on (one.at, one.case_id) < (other.at, other.case_id)
"""
CANDIDATES = f"""
with {OWN}, {TELLING}, pair as (
  {PAIR} and one.document = other.document union {PAIR} and one.name = other.name union
  {PAIR} and one.phone = other.phone
    and (one.day = other.day or one.document = other.document or one.name = other.name)
)
select * from pair
where not exists (
  select from duplicate where duplicate.first_case = pair.first_case and duplicate.later_case = pair.later_case)
  and ($5::timestamptz is null or (later_at, later_case, first_case) < ($5, $6::uuid, $7::uuid))
order by later_at desc, later_case desc, first_case desc limit $8
"""
"""Only pairs with a reason (``domain.reasons_to_suspect``), so that a page is never full of those without one."""
SAME = """
select case when first_case = $1 then later_case else first_case end as other from duplicate
where (first_case = $1 or later_case = $1) and decision = 'same' and shelter = $2 order by 1
"""

COMPARED = "select case_id, receipt, recorded_at, worker from submission where case_id = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class ComparedSubmission:
    """What a pair's page says of a case: nothing of the person."""

    case: UUID
    receipt: str
    recorded_at: datetime
    worker: str | None


async def compared_submissions(
    database: Database, by: Principal, cases: Collection[UUID]
) -> Mapping[UUID, ComparedSubmission]:
    """The cases of pairs, by id."""
    async with database.as_principal(by) as connection:
        rows = await connection.fetch(COMPARED, list(cases))
    return {
        row["case_id"]: ComparedSubmission(row["case_id"], row["receipt"], row["recorded_at"], row["worker"])
        for row in rows
    }


async def same_person(database: Database, case: UUID, shelter: str, principal: Principal) -> list[UUID]:
    """The cases that this shelter's staff decided are of the same person."""
    async with database.as_principal(principal) as connection:
        return [row["other"] for row in await connection.fetch(SAME, case, shelter)]


@dataclass(frozen=True, slots=True)
class FoundPair:
    """A pair, and its place in the list."""

    shown: SuspectedDuplicate
    place: str


async def suspected_duplicates(
    database: Database, by: Principal, at: datetime, place: str | None, limit: int
) -> list[FoundPair]:
    """The undecided pairs of the shelter's own cases of the last 30 days, newest first, after a place of the list."""
    restricted = [category.value for category in NEVER_COMPARED]
    values = (by.org, at - COMPARED_PERIOD, restricted, MAX_SHARED, *_after(place), limit)
    async with database.as_principal(by) as connection:
        rows = await connection.fetch(CANDIDATES, *values)
    pairs = []
    for row in rows:
        one = ComparedCase(Digests(name=row["n1"], document=row["d1"], phone=row["p1"]), row["first_at"])
        other = ComparedCase(Digests(name=row["n2"], document=row["d2"], phone=row["p2"]), row["later_at"])
        reasons = list(reasons_to_suspect(one, other))
        pair = SuspectedDuplicate(first=row["first_case"], later=row["later_case"], reasons=reasons)
        pairs.append(FoundPair(pair, _place(row)))
    return pairs


def _place(row: asyncpg.Record) -> str:
    microseconds = (row["later_at"] - EPOCH) // timedelta(microseconds=1)
    return f"{microseconds} {row['later_case'].hex} {row['first_case'].hex}"


def _after(place: str | None) -> tuple[datetime | None, UUID | None, UUID | None]:
    if place is None:
        return None, None, None
    microseconds, later, first = place.split()
    return EPOCH + timedelta(microseconds=int(microseconds)), UUID(later), UUID(first)
