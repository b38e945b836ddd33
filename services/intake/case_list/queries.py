"""Lists the cases that a shelter holds, and finds one by its receipt.

A receipt is no secret, and looking one up is not throttled: it shows a case only to whoever may list that case anyway,
so guessing one (of 30 to the power of 8) tells nothing. Another shelter's receipt answers an empty list, like one that
nobody was given.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from events.vocabulary import Agency, BlockReason
from services.chassis.authorization.policy import Action, Principal, Scope, allowed, scope_of
from services.chassis.database import Database
from services.chassis.ids import receipt_as_typed
from services.chassis.web.cursors import Cursors
from services.intake.case_list.domain import PERSONS_NO, waits_for
from services.intake.case_list.schemas import CaseCounts, CaseFilters, CaseHead, CasePage, ListedCase
from services.intake.case_status.known import hidden_categories
from services.intake.case_status.queries import REFERRALS, as_case_referral
from services.intake.case_status.schemas import CaseReferral
from services.intake.routing.domain import RoutingState
from services.intake.routing.queries import RoutingStates
from services.intake.submissions.domain import CaseChange

NOTHING_TO_ASK = [reason.value for reason in (*PERSONS_NO, BlockReason.FROZEN, BlockReason.NEEDS_REPRESENTATIVE)]
"""Reasons to wait for which the shelter has nobody to ask."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

HOLDER = "case when held_by is null then submission.shelter else held_by end"
"""The shelter that holds a case. Row-level security lets an index be read by a ``case``, but not by a ``coalesce``."""
MOVED = """
moved as materialized (
  select case_id from submission where changed_at >= $3 and ($9::timestamptz is null or not $10 or changed_at <= $9)
  union
  select case_id from referral_status
  where changed_at >= $3 and ($9::timestamptz is null or not $10 or changed_at <= $9)
),
"""
"""A case that moved in a time changed in it itself, or a referral of it did: an index finds both."""
_PAGE = f"""
with {{moved}} held as (
  select submission.*, {HOLDER} as holder, frozen_at, frozen_recipient,
    greatest(submission.changed_at, last.changed_at) as moved_at,
    coalesce(last.changed_at > submission.changed_at, false) as referral_moved
  from {{cases}} left join continuity using (case_id) left join lateral (
    select max(changed_at) as changed_at from referral_status where case_id = submission.case_id) as last on true
  where ($1::text is null or {HOLDER} = $1) and ($2::text is null or receipt = $2)
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
  and ($13::boolean is not true or exists (
      select from referral_status left join waiting_status using (referral_id)
      where referral_status.case_id = held.case_id and ((state = 'blocked_consent' and reason <> all($14::text[])
        and (wait_until is null or wait_until <= $15)) or state in ('info_requested', 'delivered')))
    or (frozen_at is not null and frozen_recipient is distinct from 'PEAS'))
  and ($9::timestamptz is null
    or (case when $10::boolean then moved_at else recorded_at end, case_id) < ($9, $11::uuid))
order by place desc, case_id desc limit $12
"""
PAGE = _PAGE.format(moved="", cases="submission")
PAGE_OF_WHAT_MOVED = _PAGE.format(moved=MOVED, cases="moved join submission using (case_id)")
LOOKED_BACK = (timedelta(days=1), timedelta(days=8), timedelta(days=64))
"""How far a page of what changed last is looked for, before all that ever changed is put in order."""


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
        rows: list[Any] = []
        for since in _since(filters, at or routing.clock()):
            rows = await connection.fetch(
                PAGE if since is None else PAGE_OF_WHAT_MOVED,
                filters.shelter if everywhere else by.org,
                None if filters.receipt is None else receipt_as_typed(filters.receipt),
                since,
                filters.state,
                filters.reason,
                filters.urgency,
                filters.category,
                limited,
                at,
                filters.order == "changed",
                after,
                filters.limit + 1,
                filters.waits_for_shelter,
                NOTHING_TO_ASK,
                routing.clock(),
            )
            if len(rows) > filters.limit:
                break
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


def _since(filters: CaseFilters, until: datetime) -> list[datetime | None]:
    """From when on a page is looked for: of what changed last first in the last day, in the end without a limit."""
    if filters.order != "changed" or filters.changed_since is not None or filters.receipt is not None:
        return [filters.changed_since]
    return [*(until - back for back in LOOKED_BACK), None]


_NOBODY_IS_ASKED = ",".join(f"'{reason}'" for reason in sorted(NOTHING_TO_ASK))
COUNTS = f"""
with open as (
  select case_id, state, state in ('info_requested', 'delivered') as waits from referral_status
  where state in ('requested', 'info_requested', 'delivered', 'expired', 'scheduled')
  union all
  select case_id, 'blocked_consent', true from referral_status
  where state = 'blocked_consent' and reason <> all(array[{_NOBODY_IS_ASKED}]) and not exists (
    select from waiting_status where waiting_status.referral_id = referral_status.referral_id and wait_until > $1)
  union all
  select case_id, 'frozen', true from continuity
  where frozen_at is not null and frozen_recipient is distinct from 'PEAS'
)
select count(distinct case_id) filter (where waits) as waits,
  count(distinct case_id) filter (where state = 'requested') as unacknowledged,
  count(distinct case_id) filter (where state = 'expired') as expired,
  count(distinct case_id) filter (where state = 'scheduled') as scheduled
from open where $2::text is null
  or exists (select from submission where submission.case_id = open.case_id and {HOLDER} = $2)
"""
"""Row-level security leaves the referrals and withdrawals of the cases that the shelter holds. Two partial indexes have
what is looked at: a no that nobody asks about again, which most of a country's open referrals have, is in neither."""


async def count_cases(database: Database, by: Principal, at: datetime) -> CaseCounts:
    """How many of the shelter's cases wait for it, for a desk's word, or for an appointment."""
    async with database.as_principal(by) as connection:
        shelter = None if scope_of(by, Action.LIST_CASES) is Scope.ANY else by.org
        row = await connection.fetchrow(COUNTS, at, shelter)
    assert row is not None  # noqa: S101 - an aggregate always answers
    return CaseCounts(**row)


async def head_of(database: Database, case: UUID, by: Principal) -> CaseHead | None:
    """The receipt and the kind of a case that the principal may see; ``None``: it handed the case over."""
    async with database.as_principal(by) as connection:
        row = await connection.fetchrow(HEADS, [case])
    return None if row is None else CaseHead(**row)


async def heads_of(database: Database, cases: Collection[UUID], by: Principal) -> list[CaseHead]:
    """The same of several cases, the newest first."""
    async with database.as_principal(by) as connection:
        return [CaseHead(**row) for row in await connection.fetch(HEADS, list(cases))]


HEADS = """
select case_id, receipt, kind, recorded_at from submission where case_id = any($1::uuid[]) order by recorded_at desc
"""


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
