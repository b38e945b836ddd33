"""Stores which answers of a case were given last, which were assessed last, and whether it cannot be routed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.intake import AnswersAmended, CaseOpened
from events.operations import CaseNotRouted, CaseRouted
from events.referral import CaseAssessed
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, Statement, columns

ANSWERED = """
insert into routing (case_id, answered, answered_at) select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
on conflict (case_id) do update set answered = excluded.answered, answered_at = excluded.answered_at
"""
ASSESSED = """
insert into routing (case_id, assessed) select * from unnest($1::uuid[], $2::uuid[])
on conflict (case_id) do update set assessed = excluded.assessed
"""
UNROUTED = """
insert into routing (case_id, unrouted_since) select * from unnest($1::uuid[], $2::timestamptz[])
on conflict (case_id) do update set unrouted_since = excluded.unrouted_since
"""

ANSWERS: tuple[type[Event], ...] = (CaseOpened, AnswersAmended)


async def project_answers(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores the last answers of each case."""
    last = {fact.stream: (fact.stream, fact.id, fact.recorded_at) for fact in batch if isinstance(fact.event, ANSWERS)}
    if last:
        await connection.execute(ANSWERED, *columns(last.values()))


def follow_routing(entries: Sequence[LogEntry]) -> list[Statement]:
    """Stores what was assessed last of each case, and whether an event of it could not be digested."""
    assessed: dict[UUID, tuple[Any, ...]] = {}
    unrouted: dict[UUID, tuple[Any, ...]] = {}
    for fact in map(decode, entries):
        if fact.case is None:
            continue
        match fact.event:
            case CaseAssessed():
                assessed[fact.case] = (fact.case, fact.cause)
            case CaseNotRouted():
                unrouted[fact.case] = (fact.case, fact.recorded_at)
            case CaseRouted():
                unrouted[fact.case] = (fact.case, None)
            case _:
                pass
    found = ((ASSESSED, assessed.values()), (UNROUTED, unrouted.values()))
    return [(statement, columns(rows)) for statement, rows in found if rows]


ANSWERING = Projector(project=project_answers, reads=ANSWERS)
ROUTING = Projector(place=follow_routing, reads=(CaseAssessed, CaseNotRouted, CaseRouted))
