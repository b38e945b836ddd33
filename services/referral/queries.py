"""What the referral service answers questions from: its read model."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.vocabulary import Agency, Capacity, Outcome, ReferralState
from services.chassis.access import Action, Principal, Whose, whose
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, VersionConflictError
from services.referral.caravans import Caravans
from services.referral.deadlines import Counting
from services.referral.domain import CLOSED
from services.referral.rows import running

MOST = 500
LAST = 2**63 - 1
"""PostgreSQL's largest bigint: no position lies beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters of a list; ``None`` means any."""

    agency: str | None = None
    state: str | None = None
    case: UUID | None = None
    referral: UUID | None = None
    cursor: str | None = None
    limit: int = 100


ROOM = """
(select case when said.expires_at > sent_at then said.capacity end from capacity as said
 where said.code = referral.desk and said.since <= sent_at order by said.sequence desc limit 1) as room
"""
"""What the desk had said of its room when the referral was sent to it, if it still counted then."""
STILL_THERE = r"""
(state = any(array['{closed}']) or coalesce((
  select convert_from(moved.state, 'UTF8')::jsonb -> 'data' ->> 'to_shelter' from intake.event as moved
  where moved.stream = referral.case_id and moved.topic like 'intake.handed\_over.v%'
  order by moved.version desc limit 1
), shelter) = {{0}})
""".format(closed="','".join(sorted(CLOSED)))
"""A handover ends at once what the earlier shelter sees, also before it was reacted to."""

Guard = Callable[[asyncpg.Connection], Awaitable[None]]
"""Looks once more in the transaction of an append, and fails it if what was decided on is no longer so."""

HOLDING = "select distinct agency from referral where case_id = $1 and state <> all($2::text[])"
HOLDS_ANOTHER = """
select exists (select from referral
  where case_id = $1 and state <> all($2::text[]) and agency = $3 and referral_id <> $4)
"""


async def agencies_holding(database: Database, case: UUID) -> set[Agency]:
    """The agencies that have an open referral of a case."""
    async with database.own_work() as connection:
        rows = await connection.fetch(HOLDING, case, list(CLOSED))
    return {Agency(row["agency"]) for row in rows}


def holds_none_yet(case: UUID, agency: Agency, *, besides: UUID) -> Guard:
    """A guard: the agency has no other open referral of the case. It raises ``VersionConflictError`` if it has."""

    async def look(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(HOLDS_ANOTHER, case, list(CLOSED), agency, besides):
            raise VersionConflictError

    return look


async def list_referrals(
    database: Database, principal: Principal, wanted: Wanted, now: datetime, counting: Counting
) -> dict[str, Any]:
    """A page of referrals the principal may see, oldest first, and the cursor of the next page.

    An agency sees what was sent to it; a shelter what it registered, but not what is reported about it.

    Raises:
        MalformedRequestError: the cursor is none of ours.
    """
    if wanted.cursor is not None and not (wanted.cursor.isdecimal() and int(wanted.cursor) <= LAST):
        raise MalformedRequestError(faults=[{"field": "cursor", "code": "not_a_cursor"}])
    conditions = ["sequence > $1"]
    values: list[Any] = [int(wanted.cursor or 0)]

    def where(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    match whose(principal, Action.LIST_REFERRALS):
        case Whose.ANY:
            pass
        case Whose.OWN_AGENCY:
            where("agency = {} and sent_at is not null", principal.org)
        case Whose.OWN_SHELTER:
            where("shelter = {0} and " + STILL_THERE, principal.org)
            where("agency <> {}", Agency.PEAS)
        case _:
            conditions.append("false")
    for column, value in (
        ("agency", wanted.agency),
        ("state", wanted.state),
        ("case_id", wanted.case),
        ("referral_id", wanted.referral),
    ):
        if value is not None:
            where(column + " = {}", value)
    limit = max(1, min(wanted.limit, MOST))
    query = f"select *, {ROOM} from referral where {' and '.join(conditions)} order by sequence limit {limit + 1}"
    async with database.shown_to(principal) as connection:
        rows = await connection.fetch(query, *values)
    page = rows[:limit]
    return {
        "items": [as_item(row, now, counting) for row in page],
        "next_cursor": str(page[-1]["sequence"]) if len(rows) > limit else None,
    }


def as_item(row: Any, now: datetime, counting: Counting) -> dict[str, Any]:
    """One referral as the API shows it at this moment."""
    return {
        "referral_id": str(row["referral_id"]),
        "case_id": str(row["case_id"]),
        "submission_id": str(row["submission_id"]),
        "shelter": row["shelter"],
        "agency": row["agency"],
        "categories": row["categories"],
        "urgency": row["urgency"],
        "state": row["state"],
        "basis": row["basis"],
        "reason": row["reason"] if row["state"] == ReferralState.BLOCKED_CONSENT else None,
        "rule_set": row["rule_set"],
        "desk": row["desk"],
        "desk_capacity_at_sending": None if row["sent_at"] is None else row["room"] or Capacity.UNKNOWN_STALE,
        "version": row["version"],
        "deadlines": {
            "acknowledge_by": _moment(row["acknowledge_by"]),
            "decide_by": _moment(running(row, counting, Caravans()).decide_by),
            "serve_by": _moment(row["serve_by"]),
        },
        "expired": _moment(row["expired_at"]),
        "escalations": [
            {name: rung[name] for name in ("clock", "rung", "whom", "asked", "at")}
            for rung in json.loads(row["escalations"])
        ],
        "changed_at": row["changed_at"].isoformat(),
        "replaces": None if row["replaces"] is None else str(row["replaces"]),
        "linked": None if row["linked"] is None else str(row["linked"]),
        "outcome": _outcome(row),
        "confirmation": row["confirmation"],
        "deletion": _deletion(row, now),
    }


def _outcome(row: Any) -> str | None:
    """What became of it: as somebody reported, or as its end itself says. What was rerouted goes on as ``linked``."""
    if row["state"] == ReferralState.ENTERED_IN_ERROR:
        return Outcome.ENTERED_IN_ERROR
    reported: str | None = row["outcome"]
    return reported or (Outcome.PERSON_DECLINED if row["state"] == ReferralState.WITHDRAWN else None)


def _deletion(row: Any, now: datetime) -> dict[str, Any] | None:
    """What a recipient owes after a withdrawal; ``None``: nothing, for it was told nothing."""
    due, confirmed = row["deletion_due"], row["deletion_confirmed_at"]
    if due is None:
        return None
    return {
        "due": due.isoformat(),
        "confirmed_at": None if confirmed is None else confirmed.isoformat(),
        "overdue": confirmed is None and due < now,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
