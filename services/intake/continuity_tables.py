"""Read models of a case's way: who holds it, its slip, a freeze; what the rules named; which cases are one person's."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.continuity import (
    DuplicateDecided,
    HandedOver,
    SlipIssued,
    SlipRevoked,
    WithdrawalChecked,
    WithdrawalFrozen,
)
from events.contract import Event, Recorded
from events.referral import CaseAssessed
from services.chassis.entry import Entry, recorded_from
from services.chassis.read_models import Fill, Statement, columns

BEGIN = "insert into continuity (case_id) values ($1) on conflict (case_id) do nothing"
ISSUED = "update continuity set slip = $2, slip_issued_at = $3 where case_id = $1"
REVOKED = "update continuity set slip = null, slip_issued_at = null where case_id = $1"
FROZEN = """
update continuity set frozen_recipient = case when frozen_at is null then $2 when frozen_recipient = $2 then $2 end,
  frozen_at = coalesce(frozen_at, $3) where case_id = $1
"""
CHECKED = "update continuity set frozen_at = null, frozen_recipient = null where case_id = $1"
HANDED_OVER = """
update continuity set shelter = $2, former = array_append(array_remove(former, $2), $3), slip = null,
  slip_issued_at = null where case_id = $1
"""
DECIDED = """
insert into duplicate (first_case, later_case, shelter, decision, decided_by, decided_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (first_case, later_case) do update
  set shelter = excluded.shelter, decision = excluded.decision, decided_by = excluded.decided_by,
    decided_at = excluded.decided_at
"""
ASSESSED = """
insert into assessed select case_id, string_to_array(categories, ' ')
from unnest($1::uuid[], $2::text[]) as new (case_id, categories)
on conflict (case_id) do update set categories = excluded.categories
"""

FACTS = (SlipIssued, SlipRevoked, WithdrawalFrozen, WithdrawalChecked, HandedOver)


async def project_continuity(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Each in its order: they are seldom, and several of one case may be in one batch."""
    for fact in batch:
        for statement, arguments in _changes(fact):
            await connection.execute(statement, *arguments)


async def project_duplicates(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """What people decided about pairs of cases; the last word stays."""
    for fact in batch:
        event = fact.event
        if isinstance(event, DuplicateDecided):
            said = (event.shelter, event.decision, event.decided_by, fact.recorded_at)
            await connection.execute(DECIDED, event.first, event.later, *said)


def _changes(fact: Recorded[Event]) -> list[tuple[str, tuple[Any, ...]]]:
    case, event = fact.stream, fact.event
    match event:
        case SlipIssued():
            change: tuple[str, tuple[Any, ...]] = (ISSUED, (case, event.slip, fact.recorded_at))
        case SlipRevoked():
            change = (REVOKED, (case,))
        case WithdrawalFrozen():
            change = (FROZEN, (case, event.recipient, fact.recorded_at))
        case WithdrawalChecked():
            change = (CHECKED, (case,))
        case HandedOver():
            change = (HANDED_OVER, (case, event.to_shelter, event.from_shelter))
        case _:
            return []
    return [(BEGIN, (case,)), change]


def follow_assessments(entries: Sequence[Entry]) -> list[Statement]:
    """What the rules named of each case last."""
    last: dict[UUID, str] = {}
    for entry in entries:
        event = recorded_from(entry).event
        if isinstance(event, CaseAssessed) and entry.case is not None:
            last[entry.case] = " ".join(event.categories)
    return [(ASSESSED, columns(sorted(last.items())))] if last else []


ASSESSMENTS = Fill(place=follow_assessments, reads=(CaseAssessed,))
"""For some categories a slip is not offered by default, and a case is never named to be like another."""
