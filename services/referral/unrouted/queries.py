"""Reads, of an event that could not be digested, what its stored form says all the same."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.upstream import Upstream

SHELTER_FIELDS = ("to_shelter", "shelter")
"""Of a transfer, and of the other events of a case."""


async def shelter_of(intake: Upstream, case: UUID) -> str | None:
    """The shelter that holds a case, by the stored form of its events; ``None`` if none says it."""
    return last_shelter(await intake.entries_of(case))


def last_shelter(entries: Iterable[LogEntry]) -> str | None:
    """The last shelter that these entries of a case name. An entry that is not what it should be names none."""
    found: str | None = None
    for entry in entries:
        data = _data(entry)
        named = next((data[field] for field in SHELTER_FIELDS if isinstance(data.get(field), str)), None)
        found = named or found
    return found


def _data(entry: LogEntry) -> dict[str, Any]:
    try:
        state = json.loads(entry.state)
    except ValueError:
        return {}
    data = state.get("data") if isinstance(state, dict) else None
    return data if isinstance(data, dict) else {}
