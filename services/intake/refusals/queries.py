"""Lists what was refused of an organisation's sendings."""

from typing import Any

from events.answers import HARM_EVENTS
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.locales import COMPLETE, catalogue
from services.chassis.web.cursors import Cursors
from services.intake.refusals.schemas import RefusedItem, RefusedPage, StoredFault

MAX_PAGE_SIZE = 200
LIST = "refusals"

PAGE = """
select * from refusal where org = $1 and ($2::bigint is null or sequence < $2) and (settled_at is not null) = $3
order by sequence desc limit $4
"""
_WORDS = catalogue(__name__)


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


def _item(row: Any) -> RefusedItem:
    es, en = (say.first(f"refusal.{row['code']}", "other.refusal") for say in map(_WORDS, COMPLETE))
    return RefusedItem(
        refusal_id=row["refusal_id"],
        code=row["code"],
        es=es,
        en=en,
        faults=[_fault(*fault) for fault in zip(row["fault_fields"], row["fault_codes"], strict=True)],
        amends=row["amends"],
        case_id=row["case_id"],
        submission_id=row["submission"],
        recorded_at=row["recorded_at"],
        settled_at=row["settled_at"],
        corrected=row["corrected"],
    )


def _fault(field: str, code: str) -> StoredFault:
    """A fault in words. A limit was not stored with it, so some have other sentences here than in the first answer."""
    if HARM_EVENTS in field:  # which of them it is would tell how many are hidden
        field = field.partition(HARM_EVENTS)[0] + HARM_EVENTS
    es, en = (say.first(f"stored_fault.{code}", f"fault.{code}", "other.fault") for say in map(_WORDS, COMPLETE))
    return StoredFault(field=field, code=code, es=es, en=en)
