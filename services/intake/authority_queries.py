"""What intake answers about authorities: a case's wishes, the register, and the counts that anybody may read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.access import Action, Principal, Whose, whose
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.permitting import permit
from services.intake.demands import quarters
from services.intake.firewall import LAPSES_AFTER

MOST = 500


async def contacts_of(database: Database, case: UUID, principal: Principal, at: datetime) -> list[dict[str, Any]]:
    """The wishes of a case, oldest first.

    Raises:
        NotFoundError: no such case, or another shelter's.
    """
    query = "select * from restricted_contact where case_id = $1 order by requested_at, contact_id"
    async with database.shown_to(principal) as connection:
        shelter = await connection.fetchval("select shelter from submission where case_id = $1", case)
        if shelter is None:
            raise NotFoundError
        permit(principal, Action.SEE_RESTRICTED_CONTACTS, shelter=shelter)
        rows = await connection.fetch(query, case)
    return [_contact(row, at) for row in rows]


async def demands_seen(database: Database, principal: Principal, after: int, limit: int) -> dict[str, Any]:
    """A page of the register, oldest first: whoever belongs to a shelter or an agency sees what came to it."""
    everywhere = whose(principal, Action.SEE_DEMANDS) is Whose.ANY
    query = """select * from authority_demand where sequence > $1 and ($2::text is null or came_to = $2)
        order by sequence limit $3"""
    async with database.shown_to(principal) as connection:
        rows = await connection.fetch(query, after, None if everywhere else principal.org, limit + 1)
    page = rows[:limit]
    return {
        "items": [_demand(row) for row in page],
        "next_cursor": str(page[-1]["sequence"]) if len(rows) > limit else None,
    }


async def counted(database: Database, year: int) -> dict[str, int]:
    """How many demands were recorded in each quarter of a year."""
    spans = quarters(year)
    query = """select name, count(demand_id) as many
        from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as quarter (name, starts, ends)
        left join authority_demand on recorded_at >= starts and recorded_at < ends group by name"""
    async with database.own_work() as connection:
        rows = await connection.fetch(query, *map(list, zip(*spans, strict=True)))
    return {row["name"]: row["many"] for row in rows}


def _contact(row: Any, at: datetime) -> dict[str, Any]:
    lapses = row["requested_at"] + LAPSES_AFTER
    if row["withdrawn_at"] is not None:
        state = "withdrawn"
    elif row["authorised_at"] is not None:
        state = "authorised"
    else:
        state = "lapsed" if at > lapses else "requested"
    return {
        "contact_id": str(row["contact_id"]),
        "case_id": str(row["case_id"]),
        "recipient": row["recipient"],
        "purpose": row["purpose"],
        "wording_version": row["wording_version"],
        "state": state,
        "requested_by": row["requested_by"],
        "requested_at": row["requested_at"].isoformat(),
        "lapses_at": lapses.isoformat() if state in {"requested", "lapsed"} else None,
        "authorised_by": row["authorised_by"],
        "authorised_as": row["authorised_as"],
        "withdrawn_at": None if row["withdrawn_at"] is None else row["withdrawn_at"].isoformat(),
        "authorised_at": None if row["authorised_at"] is None else row["authorised_at"].isoformat(),
    }


def _demand(row: Any) -> dict[str, Any]:
    codes = ("authority", "demanded", "came_to", "court_order", "recorded_by", "answer", "answered_by", "answered_as")
    return {
        "demand_id": str(row["demand_id"]),
        **{name: row[name] for name in codes},
        **{
            name: None if row[name] is None else row[name].isoformat()
            for name in ("received_at", "recorded_at", "answered_at")
        },
    }
