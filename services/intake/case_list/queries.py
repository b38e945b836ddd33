"""Lists the cases that a shelter holds, and finds one by its receipt.

A receipt is no secret, and looking one up is not throttled: it shows a case only to whoever may list that case anyway,
so guessing one (of 30 to the power of 8) tells nothing. Another shelter's receipt answers an empty list, like one that
nobody was given.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from events.vocabulary import Agency
from services.chassis.authorization.policy import Action, Principal, Scope, allowed, scope_of
from services.chassis.database import Database
from services.chassis.ids import receipt_as_typed
from services.chassis.web.cursors import Cursors
from services.intake.case_list.domain import waits_for
from services.intake.case_list.schemas import CaseFilters, CasePage, ListedCase
from services.intake.case_status.known import hidden_categories
from services.intake.case_status.queries import REFERRALS, as_case_referral
from services.intake.case_status.schemas import CaseReferral
from services.intake.routing.domain import RoutingState
from services.intake.routing.queries import RoutingStates
from services.intake.submissions.domain import CaseChange

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PAGE = """
with held as (
  select submission.*, coalesce(held_by, submission.shelter) as holder, frozen_at, frozen_recipient,
    greatest(submission.changed_at, last.changed_at) as moved_at,
    coalesce(last.changed_at > submission.changed_at, false) as referral_moved
  from submission left join continuity using (case_id) left join lateral (
    select max(changed_at) as changed_at from referral_status where case_id = submission.case_id) as last on true
  where ($1::text is null or coalesce(held_by, submission.shelter) = $1) and ($2::text is null or receipt = $2)
)
select *, case when $10 then moved_at else recorded_at end as place from held
where ($3::timestamptz is null or moved_at >= $3)
  and ($4::text is null and $5::text is null and $6::text is null and $7::text is null or exists (
    select from referral_status left join known_status using (referral_id)
    where referral_status.case_id = held.case_id
      and ($4::text is null or state = $4)
      and ($5::text is null or (state = 'blocked_consent' and reason = $5))
      and ($6::text is null or urgency = $6)
      and ($7::text is null or ($7 = any(categories) and (
        not ($8::boolean and partly_known) or (known_to = holder and $7 = any(known_categories)))))))
  and ($9::timestamptz is null
    or (case when $10::boolean then moved_at else recorded_at end, case_id) < ($9, $11::uuid))
order by place desc, case_id desc limit $12
"""


async def list_cases(
    database: Database, routing: RoutingStates, cursors: Cursors, filters: CaseFilters, by: Principal
) -> CasePage:
    """A page of the cases that the shelter holds now, or of all for whoever sees every shelter's.

    Raises:
        MalformedRequestError: the cursor was not issued by this list in this order.
    """
    at, after = _position(cursors, filters, by)
    everywhere = scope_of(by, Action.LIST_CASES) is Scope.ANY
    limited = not everywhere
    async with database.as_principal(by) as connection:
        rows = await connection.fetch(
            PAGE,
            filters.shelter if everywhere else by.org,
            None if filters.receipt is None else receipt_as_typed(filters.receipt),
            filters.changed_since,
            filters.state,
            filters.reason,
            filters.urgency,
            filters.category,
            limited,
            at,
            filters.order == "changed",
            after,
            filters.limit + 1,
        )
        page = rows[: filters.limit]
        referrals = await connection.fetch(REFERRALS, [row["case_id"] for row in page])
    states = await routing.of([row["case_id"] for row in page], by)
    visible = defaultdict[UUID, list[CaseReferral]](list)
    held = {row["case_id"]: row for row in page}
    for row in referrals:
        case = held[row["case_id"]]
        if allowed(by, Action.LIST_CASES, shelter=case["holder"], agency=row["agency"]):
            hidden = hidden_categories(case["holder"], row, partly=limited and case["partly_known"])
            visible[row["case_id"]].append(as_case_referral(row, is_the_agency=False, hidden=hidden))
    more = len(rows) > filters.limit
    return CasePage(
        items=[
            _case(
                row,
                states.get(row["case_id"]),
                visible[row["case_id"]],
                freeze_is_hidden=limited and row["frozen_recipient"] == Agency.PEAS,
            )
            for row in page
        ],
        next_cursor=_cursor(cursors, filters, by, page[-1]) if more else None,
    )


def _case(
    row: Any, routing: RoutingState | None, referrals: list[CaseReferral], *, freeze_is_hidden: bool
) -> ListedCase:
    return ListedCase(
        case_id=row["case_id"],
        submission_id=row["id"],
        receipt=row["receipt"],
        shelter=row["holder"],
        kind=row["kind"],
        worker=row["worker"],
        recorded_at=row["recorded_at"],
        changed_at=row["moved_at"],
        changed=CaseChange.REFERRAL if row["referral_moved"] else row["change"],
        routing=routing,
        waits_for=waits_for(referrals, frozen=row["frozen_at"] is not None and not freeze_is_hidden),
        referrals=referrals,
    )


def _list_of(filters: CaseFilters) -> str:
    return f"cases by {filters.order}"


def _cursor(cursors: Cursors, filters: CaseFilters, by: Principal, last: Any) -> str:
    microseconds = (last["place"] - EPOCH) // timedelta(microseconds=1)
    return cursors.issue(_list_of(filters), by, f"{microseconds} {last['case_id'].hex}")


def _position(cursors: Cursors, filters: CaseFilters, by: Principal) -> tuple[datetime | None, UUID | None]:
    """The place after which the page begins."""
    if filters.cursor is None:
        return None, None
    microseconds, case = cursors.read(filters.cursor, _list_of(filters), by).split()
    return EPOCH + timedelta(microseconds=int(microseconds)), UUID(case)
