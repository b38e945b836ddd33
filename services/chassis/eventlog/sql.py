"""The log's statements, and the conversion of entries to arguments and from rows.

Read models are written in the transaction of an append. The same statement sets the role ``system`` for row-level
security, which saves a round trip (ADR 0019).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.chassis.eventlog.log_entry import LogEntry

if TYPE_CHECKING:
    from services.chassis.eventlog.append import Append

APPEND = """
select request, outcome, first_position, events, set_config('canaliza.role', 'system', true) from append(
  $1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::bytea[],
  $7::integer[], $8::integer[], $9::uuid[], $10::uuid[], $11::integer[], $12::text[], $13::uuid[], $14::timestamptz[],
  $15::bytea[])
"""

ENTRY_COLUMNS = "position, event.id, stream, version, topic, case_id, recorded_at, state"


def append_arguments(requests: Sequence["Append"]) -> tuple[list[Any], ...]:
    """The arguments of ``APPEND``: seven arrays with one element per request, then eight with one per event."""
    of_requests = [
        (
            request.command,
            request.progress and request.progress.upstream,
            request.progress and request.progress.after,
            request.progress and request.progress.position,
            request.progress and request.progress.event,
            request.progress and request.progress.leaf_hash,
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


def from_row(row: Any) -> LogEntry:
    """The entry of a row of ``ENTRY_COLUMNS``. The ids keep the driver's class (see ``services.chassis.ids``)."""
    position, id_, stream, version, topic, case, recorded_at, state = row
    entry = object.__new__(LogEntry)  # the constructor of a frozen class takes five times as long
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
