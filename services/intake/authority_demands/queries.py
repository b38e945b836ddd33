"""Lists the demands, and counts them for the public."""

from datetime import datetime
from typing import Any

from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.database import Database
from services.chassis.web.cursors import Cursors
from services.intake.authority_demands.domain import MIN_PUBLISHED_COUNT, published_counts, quarters
from services.intake.authority_demands.schemas import (
    AuthorityDemandCounts,
    AuthorityDemandItem,
    AuthorityDemandPage,
    AuthorityDemandQuarter,
)

MAX_PAGE_SIZE = 500
LIST = "authority demands"


async def list_demands(
    database: Database, cursors: Cursors, principal: Principal, cursor: str | None, limit: int
) -> AuthorityDemandPage:
    """A page of the register, oldest first. Staff of a shelter or agency see the demands addressed to it.

    Raises:
        MalformedRequestError: the cursor was not issued by this list.
    """
    after = 0 if cursor is None else int(cursors.read(cursor, LIST, principal))
    everywhere = scope_of(principal, Action.SEE_DEMANDS) is Scope.ANY
    query = """select * from authority_demand where sequence > $1 and ($2::text is null or came_to = $2)
        order by sequence limit $3"""
    async with database.as_principal(principal) as connection:
        rows = await connection.fetch(query, after, None if everywhere else principal.org, limit + 1)
    page = rows[:limit]
    return AuthorityDemandPage(
        items=[_demand(row) for row in page],
        next_cursor=cursors.issue(LIST, principal, str(page[-1]["sequence"])) if len(rows) > limit else None,
    )


async def count_demands(database: Database, year: int, at: datetime) -> AuthorityDemandCounts:
    """The published counts of a year: past quarters, small counts hidden."""
    quarters_over = published_counts(year, await _counted(database, year), at)
    return AuthorityDemandCounts(
        year=year,
        suppressed_below=MIN_PUBLISHED_COUNT,
        quarters=[
            AuthorityDemandQuarter(quarter=one.quarter, demands=one.demands, suppressed=one.demands is None)
            for one in quarters_over
        ],
    )


async def _counted(database: Database, year: int) -> dict[str, int]:
    """How many demands were recorded in each quarter of a year."""
    spans = quarters(year)
    query = """select name, count(demand_id) as many
        from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as quarter (name, starts, ends)
        left join authority_demand on recorded_at >= starts and recorded_at < ends group by name"""
    async with database.as_system() as connection:
        rows = await connection.fetch(query, *map(list, zip(*spans, strict=True)))
    return {row["name"]: row["many"] for row in rows}


def _demand(row: Any) -> AuthorityDemandItem:
    return AuthorityDemandItem(
        demand_id=row["demand_id"],
        authority=row["authority"],
        demanded=row["demanded"],
        came_to=row["came_to"],
        court_order=row["court_order"],
        recorded_by=row["recorded_by"],
        answer=row["answer"],
        answered_by=row["answered_by"],
        answered_as=row["answered_as"],
        received_at=row["received_at"],
        recorded_at=row["recorded_at"],
        answered_at=row["answered_at"],
    )
