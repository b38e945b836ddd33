"""Stores where a log was found altered, from audit's own log, in the transaction of the append."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.tampering import TamperingEnded, TamperingFound
from services.chassis.eventlog.projections import Projector, ReadModel

FOUND = """
insert into tampering as known (finding, log, position, last, kind, other, found_at, told_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (finding) do update set found_at = excluded.found_at, ended_at = null, told_at = excluded.told_at
"""
ENDED = "update tampering set ended_at = $2, told_at = $3 where finding = $1"


async def project_tampering(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Applies a batch of the service's own log, in its order."""
    for fact in batch:
        match fact.event:
            case TamperingFound() as event:
                row = (fact.stream, event.log, event.position, event.last, event.kind.value, event.other)
                await connection.execute(FOUND, *row, fact.recorded_at, fact.position)
            case TamperingEnded():
                await connection.execute(ENDED, fact.stream, fact.recorded_at, fact.position)


PROJECTIONS = (project_tampering,)
"""Run in the transaction of every append."""
MODELS = (
    ReadModel(
        tables=("tampering",),
        fills={"audit": Projector(project=project_tampering, reads=(TamperingFound, TamperingEnded))},
    ),
)
