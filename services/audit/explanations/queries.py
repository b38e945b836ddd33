"""Reads what an explanation rests on: the facts of a case, and the texts of the policies that were in force."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.contract import Event, Recorded
from events.referral import PolicyKept, policy_stream
from services.audit.explanations.domain import Explanation, explain
from services.audit.explanations.policy import (
    DEADLINES,
    MOST_TEXTS,
    RULES,
    KeptDeadlines,
    KeptRules,
    deadlines_of,
    rules_named,
)
from services.audit.history.queries import Line, until
from services.chassis.database import Database
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row

KEPT = f"""
select {ENTRY_COLUMNS} from referral.event where stream = $1 order by version desc limit $2
"""


@dataclass(frozen=True, slots=True)
class Explained:
    """A case with why it was routed as it was."""

    lines: Sequence[Line]
    explanation: Explanation


async def explanation_of(database: Database, everything: Sequence[Line], at: datetime | None) -> Explained:
    """Why a case was routed as it was, from what had been stored of it by a moment (``None``: by now).

    A text that was not read before takes a while to read: that is done in a thread, and nobody else waits.
    """
    rules, deadlines = await _kept(database, RULES), await _kept(database, DEADLINES)
    texts = [fact.event.text for fact in rules]

    def rules_for(version: str) -> KeptRules | None:
        return rules_named(version, texts)

    def deadlines_at(position: int) -> KeptDeadlines | None:
        place = bisect_right(deadlines, position, key=lambda fact: fact.position)
        return deadlines_of(deadlines[max(place - 1, 0)].event.text) if deadlines else None

    facts: list[Recorded[Event]] = [line.fact for line in until(everything, at)]
    return Explained(everything, await asyncio.to_thread(explain, facts, rules_for, deadlines_at))


async def _kept(database: Database, name: str) -> list[Recorded[PolicyKept]]:
    """A policy file's texts as they were adopted, the oldest first."""
    async with database.reading() as connection:
        rows = await connection.fetch(KEPT, policy_stream(name), MOST_TEXTS)
    facts = [decode(from_row(row)) for row in reversed(rows)]
    return [fact for fact in facts if isinstance(fact.event, PolicyKept)]  # type: ignore[misc]  # narrowed by the event
