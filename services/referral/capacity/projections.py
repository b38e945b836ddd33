"""Stores who has room, as shelters and desks reported it."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from events.capacity import DeskCapacitySet, ShelterCapacitySet
from events.contract import Event, Recorded

CAPACITY_FACTS = (ShelterCapacitySet, DeskCapacitySet)


INSERT = """
insert into capacity (sequence, of_agency, code, capacity, beds, since, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
"""


async def project_capacity(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Inserts every report, in its order."""
    rows = [_row(fact) for fact in batch if isinstance(fact.event, CAPACITY_FACTS)]
    if rows:
        await connection.executemany(INSERT, rows)


def _row(fact: Recorded[Event]) -> tuple[Any, ...]:
    event = fact.event
    if isinstance(event, ShelterCapacitySet):
        subject = (None, event.shelter, event.capacity, event.beds)
        return (fact.position, *subject, fact.recorded_at, event.expires_at)
    assert isinstance(event, DeskCapacitySet)  # noqa: S101 - the only other
    return (fact.position, event.agency, event.desk, event.capacity, None, fact.recorded_at, event.expires_at)
