"""Stores who has custody of each case, its slip and its unchecked withdrawal (table ``continuity``)."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from events.continuity import (
    HandedOver,
    SlipIssued,
    SlipRevoked,
    WithdrawalChecked,
    WithdrawalFrozen,
)
from events.contract import Event, Recorded

BEGIN = "insert into continuity (case_id) values ($1) on conflict (case_id) do nothing"
ISSUED = "update continuity set slip = $2, slip_issued_at = $3 where case_id = $1"
REVOKED = "update continuity set slip = null, slip_issued_at = null where case_id = $1"
FROZEN = """
update continuity set
  frozen_recipient = case when frozen_at is null or frozen_recipient = $2 or frozen_recipient = 'PEAS' then $2 end,
  frozen_at = case when frozen_recipient = 'PEAS' then $3 else coalesce(frozen_at, $3) end
where case_id = $1 and (frozen_at is null or $2::text is distinct from 'PEAS')
"""
"""One from PEAS, of which no shelter learns, is shown to the programme until there is another."""
CHECKED = "update continuity set frozen_at = null, frozen_recipient = null where case_id = $1"
HANDED_OVER = """
update continuity set shelter = $2, former = array_append(array_remove(former, $2), $3), slip = null,
  slip_issued_at = null where case_id = $1
"""

CUSTODY_FACTS = (SlipIssued, SlipRevoked, WithdrawalFrozen, WithdrawalChecked, HandedOver)


async def project_custody(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Applies the events one by one, in order: they are rare, and a batch may hold several of one case."""
    for fact in batch:
        for statement, arguments in _changes(fact):
            await connection.execute(statement, *arguments)


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
