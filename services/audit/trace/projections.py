"""Stores the positions of each case's events in every log. It reads no content, so no event can be unreadable."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, get_args
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.projections import Projector, ReadModel, Statement, write

Followed = Literal["intake", "referral", "notifications"]
LogName = Literal["intake", "referral", "notifications", "audit"]
LOGS: tuple[Followed, ...] = get_args(Followed)
"""The logs that audit follows."""
OWN = "audit"
READ: tuple[LogName, ...] = get_args(LogName)
"""The logs that a history is read from: its own, too, which has who looked at it."""

APPEND_POSITIONS = """
insert into trace (log, case_id, positions)
select $1, case_id, positions::bigint[] from unnest($2::uuid[], $3::text[]) as found (case_id, positions)
on conflict (case_id, log) do update set positions = trace.positions || excluded.positions
"""


def trace_projector(log: str) -> Projector:
    """Stores the positions of one log's events, while following the log and when the read model is rebuilt."""

    def place(entries: Sequence[LogEntry]) -> list[Statement]:
        positions: defaultdict[UUID, list[int]] = defaultdict(list)
        for entry in entries:
            if entry.case is not None:
                positions[entry.case].append(entry.position)
        return _placed(log, positions)

    return Projector(place=place, positions_only=True)


def _placed(log: str, positions: Mapping[UUID, Sequence[int]]) -> list[Statement]:
    arrays = ["{" + ",".join(map(str, of_case)) + "}" for of_case in positions.values()]
    return [(APPEND_POSITIONS, (log, list(positions), arrays))] if positions else []


async def project_own(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores the positions of events of the service's own log, in the transaction of their append."""
    positions: defaultdict[UUID, list[int]] = defaultdict(list)
    for fact in batch:
        if fact.case is not None:
            positions[fact.case].append(fact.position)
    await write(connection, _placed(OWN, positions))


PROJECTORS: Mapping[str, Projector] = {log: trace_projector(log) for log in LOGS}
MODELS = (ReadModel(tables=("trace",), fills={**PROJECTORS, OWN: trace_projector(OWN)}),)
