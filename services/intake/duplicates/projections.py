"""Stores the decisions about pairs of cases."""

from collections.abc import Sequence

import asyncpg

from events.continuity import DuplicateDecided
from events.contract import Event, Recorded

DECIDED = """
insert into duplicate (first_case, later_case, shelter, decision, decided_by, decided_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (first_case, later_case) do update
  set shelter = excluded.shelter, decision = excluded.decision, decided_by = excluded.decided_by,
    decided_at = excluded.decided_at
"""


async def project_duplicates(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores the last decision about each pair."""
    for fact in batch:
        event = fact.event
        if isinstance(event, DuplicateDecided):
            values = (event.shelter, event.decision, event.decided_by, fact.recorded_at)
            await connection.execute(DECIDED, event.first, event.later, *values)
