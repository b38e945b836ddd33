"""Lists the cases that are not routed, and reads of an event that could not be digested what its stored form says."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.upstream import Upstream
from services.chassis.web.cursors import Cursors

SHELTER_FIELDS = ("to_shelter", "shelter")
"""Of a transfer, and of the other events of a case."""
PAGE_SIZE = 25
LIST = "cases not routed"
NOT_ROUTED = """
select case_id, min(parked_at) as since, count(*) as facts from parked where case_id is not null
group by case_id order by min(parked_at), case_id limit $1 offset $2
"""
COUNT = "select count(distinct case_id) from parked"


class NotRouted(NamedTuple):
    """A case of which something could not be digested: since when, and how many facts wait."""

    case: UUID
    shelter: str | None
    since: datetime
    facts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnroutedList:
    """The cases that are not routed, the longest waiting first: the coordination's list, which hides no shelter."""

    database: Database
    intake: Upstream
    cursors: Cursors

    async def page(
        self, principal: Principal, *, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> tuple[list[NotRouted], str | None]:
        """A page, and the cursor of the next.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        begin = 0 if cursor is None else int(self.cursors.read(cursor, LIST, principal))
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(NOT_ROUTED, limit + 1, begin)
        found = [
            NotRouted(row["case_id"], await shelter_of(self.intake, row["case_id"]), row["since"], row["facts"])
            for row in rows[:limit]
        ]
        return found, self.cursors.issue(LIST, principal, str(begin + limit)) if len(rows) > limit else None

    async def count(self) -> int:
        """How many there are."""
        async with self.database.reading() as connection:
            return int(await connection.fetchval(COUNT))


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
