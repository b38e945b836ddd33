"""Lists what was refused of an organisation's sendings."""

from typing import Any
from uuid import UUID

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.web.cursors import Cursors
from services.intake.refusals.schemas import RefusedItem, RefusedPage
from services.intake.submissions.stored_faults import reason_in_words, stored_fault

MAX_PAGE_SIZE = 200
LIST = "refusals"
ONE = "select * from refusal where org = $1 and refusal_id = $2"

PAGE = """
select * from refusal where org = $1 and ($2::bigint is null or sequence < $2) and (settled_at is not null) = $3
order by sequence desc limit $4
"""


async def list_refusals(
    database: Database, cursors: Cursors, by: Principal, *, settled: bool, cursor: str | None, limit: int
) -> RefusedPage:
    """A page of what the organisation sent and was refused, newest first: what waits, or what is settled.

    Raises:
        MalformedRequestError: the cursor was not issued by this list.
    """
    before = None if cursor is None else int(cursors.read(cursor, LIST, by))
    async with database.as_principal(by) as connection:
        rows = await connection.fetch(PAGE, by.org, before, settled, limit + 1)
    page = rows[:limit]
    return RefusedPage(
        items=[_item(row) for row in page],
        next_cursor=cursors.issue(LIST, by, str(page[-1]["sequence"])) if len(rows) > limit else None,
    )


async def one_refusal(database: Database, by: Principal, refusal: UUID) -> RefusedItem:
    """One thing that the organisation sent and was refused.

    Raises:
        NotFoundError: nothing of the organisation's that was refused has this id.
    """
    async with database.as_principal(by) as connection:
        row = await connection.fetchrow(ONE, by.org, refusal)
    if row is None:
        raise NotFoundError
    return _item(row)


def _item(row: Any) -> RefusedItem:
    es, en = reason_in_words(row["code"])
    return RefusedItem(
        refusal_id=row["refusal_id"],
        code=row["code"],
        es=es,
        en=en,
        faults=[stored_fault(*fault) for fault in zip(row["fault_fields"], row["fault_codes"], strict=True)],
        amends=row["amends"],
        case_id=row["case_id"],
        submission_id=row["submission"],
        recorded_at=row["recorded_at"],
        settled_at=row["settled_at"],
        corrected=row["corrected"],
    )
