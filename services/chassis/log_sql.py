"""The log's statements, and entries to and from rows.

Read models are written in the transaction of an append, as the service's own work: row-level security is told so by
the same statement, which costs no round trip (ADR 0019).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.chassis.entry import Entry

if TYPE_CHECKING:
    from services.chassis.log import Append

APPEND = """
select request, outcome, first_position, events, set_config('canaliza.role', 'system', true) from append(
  $1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::bytea[],
  $7::integer[], $8::integer[], $9::uuid[], $10::uuid[], $11::integer[], $12::text[], $13::uuid[], $14::timestamptz[],
  $15::bytea[])
"""

ENTRY_COLUMNS = "position, event.id, stream, version, topic, case_id, recorded_at, state"


def append_arguments(requests: Sequence["Append"]) -> tuple[list[Any], ...]:
    """Seven columns with an element a request, then eight with an element an event."""
    of_requests = [
        (
            request.command,
            request.progress and request.progress.upstream,
            request.progress and request.progress.after,
            request.progress and request.progress.position,
            request.progress and request.progress.event,
            request.progress and request.progress.leaf,
            len(request.entries),
        )
        for request in requests
    ]
    of_events = [
        (
            number,
            entry.id,
            entry.originator_id,
            entry.originator_version,
            entry.topic,
            entry.case,
            entry.recorded_at,
            entry.state,
        )
        for number, request in enumerate(requests, start=1)
        for entry in request.entries
    ]
    return (*_columns(of_requests, 7), *_columns(of_events, 8))


def entry_from(row: Any) -> Entry:
    """A row of ``ENTRY_COLUMNS``. The ids stay of the driver's class (``identity``)."""
    position, id_, stream, version, topic, case, recorded_at, state = row
    entry = object.__new__(Entry)  # a frozen class sets each of its fields by a call, which takes five times as long
    entry.__dict__.update(
        originator_id=stream,
        originator_version=version,
        topic=topic,
        state=state,
        id=id_,
        case=case,
        recorded_at=recorded_at,
        position=position,
    )
    return entry


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
