"""Stores the categories of each case, which decide whether a slip is offered."""

from collections.abc import Sequence
from uuid import UUID

from events.referral import CaseAssessed
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, Statement, columns

ASSESSED = """
insert into assessed select case_id, string_to_array(categories, ' ')
from unnest($1::uuid[], $2::text[]) as new (case_id, categories)
on conflict (case_id) do update set categories = excluded.categories
"""


def follow_assessments(entries: Sequence[LogEntry]) -> list[Statement]:
    """Stores the categories of the last assessment of each case."""
    last: dict[UUID, str] = {}
    for entry in entries:
        event = decode(entry).event
        if isinstance(event, CaseAssessed) and entry.case is not None:
            last[entry.case] = " ".join(event.categories)
    return [(ASSESSED, columns(sorted(last.items())))] if last else []


ASSESSMENTS = Projector(place=follow_assessments, reads=(CaseAssessed,))
"""For some categories a slip is not offered by default, and cases are not compared for duplicates."""
