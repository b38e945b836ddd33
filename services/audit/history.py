"""A case's history, read back from the logs themselves: what was recorded, when, by whom, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.sealed import Box
from services.audit.prose import Sentence, tell
from services.chassis.database import Database
from services.chassis.entry import recorded_from
from services.chassis.log_sql import ENTRY_COLUMNS, entry_from

LOGS = ("intake", "referral", "notifications")


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a history, with the log it stands in."""

    log: str
    fact: Recorded[Event]

    def as_item(self) -> dict[str, Any]:
        """As the API shows it: sealed data stays sealed."""
        sentence: Sentence = tell(self.fact)
        return {
            "log": self.log,
            "position": self.fact.position,
            "event_id": str(self.fact.id),
            "name": self.fact.event.NAME,
            "stream": str(self.fact.stream),
            "version": self.fact.version,
            "occurred_at": self.fact.occurred_at.isoformat(),
            "recorded_at": self.fact.recorded_at.isoformat(),
            "actor": self.fact.actor,
            "cause": None if self.fact.cause is None else str(self.fact.cause),
            "es": sentence.es,
            "en": sentence.en,
            "data": _without_sealed(self.fact.event),
        }


async def read_history(database: Database, case: UUID) -> list[Line]:
    """Every fact about a case, each after what caused it."""
    lines: list[Line] = []
    async with database.reading() as connection:
        for log in LOGS:
            query = f"""select {ENTRY_COLUMNS} from {log}.event where position in
                (select unnest(positions) from trace where log = $1 and trace.case_id = $2) order by position"""
            lines += [Line(log, recorded_from(entry_from(row))) for row in await connection.fetch(query, log, case)]
    return in_causal_order(lines)


async def read_alerts(database: Database, referral: UUID) -> list[Line]:
    """Every fact about a referral's alerts, in the order in which the notification service recorded them."""
    async with database.reading() as connection:
        case = await connection.fetchval("select case_id from referral.event where stream = $1 limit 1", referral)
        if case is None:
            return []
        query = f"""select {ENTRY_COLUMNS} from notifications.event where position in
            (select unnest(positions) from trace where log = 'notifications' and trace.case_id = $1)
            order by position"""
        facts = [recorded_from(entry_from(row)) for row in await connection.fetch(query, case)]
    return [Line("notifications", fact) for fact in facts if getattr(fact.event, "referral", None) == referral]


def in_causal_order(lines: Iterable[Line]) -> list[Line]:
    """By the time of recording, but never an effect before its cause: two services' clocks may differ."""
    by_time = sorted(lines, key=lambda line: (line.fact.recorded_at, LOGS.index(line.log), line.fact.position))
    by_id = {line.fact.id: line for line in by_time}
    placed: dict[UUID, Line] = {}
    for line in by_time:
        chain = [line]
        while (cause := chain[-1].fact.cause) in by_id and cause not in placed:
            chain.append(by_id[cause])
        for each in reversed(chain):
            placed.setdefault(each.fact.id, each)
    return list(placed.values())


def _without_sealed(event: Event) -> dict[str, Any]:
    data = event.model_dump(mode="json")
    for name, value in event:
        if isinstance(value, Box):
            data[name] = {
                "sealed": True,
                "class": value.kind,
                "key": str(value.key),
                "commitment": value.commitment,
            }
    return data
