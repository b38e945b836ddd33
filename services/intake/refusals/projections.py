"""Stores what was refused, and how it was settled (table ``refusal``)."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from events.contract import Event, Recorded
from events.intake import CaseOpened, PersonErased, RefusalSettled, SubmissionRefused
from services.chassis.eventlog.projections import columns
from services.intake.refusals.domain import CONFLICT

REFUSED = """
insert into refusal
  (refusal_id, sequence, org, code, fault_fields, fault_codes, amends, case_id, submission, recorded_at, subject)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
OPENED = f"""
update refusal set settled_at = opened.at, corrected = true
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[]) as opened (submission, shelter, at, sequence)
where refusal.submission = opened.submission and org = opened.shelter and refusal.sequence < opened.sequence
  and settled_at is null and not amends and code <> '{CONFLICT}'
"""
SETTLED = "update refusal set settled_at = $2, corrected = $3 where refusal_id = $1"

ERASED = """
update refusal set settled_at = coalesce(settled_at, $2), corrected = coalesce(corrected, false), erased_at = $2
where subject = $1
"""

REFUSAL_FACTS = (SubmissionRefused, RefusalSettled, CaseOpened, PersonErased)


async def project_refusals(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores refusals; then those whose submission opened a case; then what people said, which stays."""
    opened: list[tuple[Any, ...]] = []
    settled: list[tuple[Any, ...]] = []
    for fact in batch:
        event = fact.event
        if isinstance(event, SubmissionRefused):
            await connection.execute(REFUSED, *_row(fact, event))
        elif isinstance(event, CaseOpened):
            opened.append((event.submission, event.shelter, fact.recorded_at, fact.position))
        elif isinstance(event, RefusalSettled):
            settled.append((fact.stream, fact.recorded_at, event.corrected))
        elif isinstance(event, PersonErased):
            await connection.execute(ERASED, event.subject, fact.recorded_at)
    if opened:
        await connection.execute(OPENED, *columns(opened))
    for row in settled:
        await connection.execute(SETTLED, *row)


def _row(fact: Recorded[Event], event: SubmissionRefused) -> tuple[Any, ...]:
    faults = ([fault.field for fault in event.faults], [fault.code for fault in event.faults])
    case = fact.case if event.amends else None
    return (
        *(fact.stream, fact.position, event.org, event.code, *faults),
        *(event.amends, case, event.submission, fact.recorded_at, event.subject),
    )
