"""Stores the register of authorities' demands."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.authorities import (
    AuthorityDemandAnswered,
    AuthorityDemandRecorded,
)
from events.contract import Event, Recorded
from services.chassis.eventlog.projections import columns

DEMANDED = """
insert into authority_demand (demand_id, sequence, authority, demanded, came_to, court_order, received_at, recorded_at,
  recorded_by)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[],
  $8::timestamptz[], $9::text[])
"""
ANSWERED = """
update authority_demand set answer = $2, answered_by = $3, answered_as = $4, answered_at = $5 where demand_id = $1
"""

DEMAND_FACTS = (AuthorityDemandRecorded, AuthorityDemandAnswered)

Row = tuple[Any, ...]


async def project_demands(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Demands of a batch with one statement; answers in their order, the last one stays."""
    demanded: list[Row] = []
    answers: dict[UUID, Row] = {}
    for fact in batch:
        event = fact.event
        if isinstance(event, AuthorityDemandRecorded):
            of_event = (event.authority, event.demanded, event.came_to, event.court_order)
            times = (fact.occurred_at, fact.recorded_at)
            demanded.append((fact.stream, fact.position, *of_event, *times, event.recorded_by))
        elif isinstance(event, AuthorityDemandAnswered):
            given = (event.answer, event.answered_by, event.answered_as, fact.recorded_at)
            answers[fact.stream] = (fact.stream, *given)
    if demanded:
        await connection.execute(DEMANDED, *columns(demanded))
    if answers:
        await connection.executemany(ANSWERED, list(answers.values()))
