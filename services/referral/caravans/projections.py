"""The read model of caravan modes."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.silence import CaravanBegan, CaravanEnded

BEGAN = """
insert into caravan (caravan_id, states, shelters, reason, began_at, until) values ($1, $2, $3, $4, $5, $6)
"""
ENDED = "update caravan set ended_at = $2, how = $3 where caravan_id = $1"


async def project_caravans(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Updates the rows by a batch."""
    for fact in batch:
        if isinstance(fact.event, CaravanBegan):
            event = fact.event
            of_event = (list(event.states), list(event.shelters), event.reason, fact.recorded_at, event.until)
            await connection.execute(BEGAN, fact.stream, *of_event)
        elif isinstance(fact.event, CaravanEnded):
            await connection.execute(ENDED, fact.stream, fact.recorded_at, fact.event.how)
