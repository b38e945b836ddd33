"""Reads histories from the logs: what was recorded, when, by whom, and caused by what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.sealed import Box
from services.audit.history.schemas import AlertTrail, CaseHistory, HistoryEntry
from services.audit.prose import Sentence, describe
from services.audit.trace.projections import LOGS, LogName
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a history, and its log."""

    log: LogName
    fact: Recorded[Event]

    def entry(self) -> HistoryEntry:
        """The fact as the API answers it; sealed data stays sealed."""
        sentence: Sentence = describe(self.fact)
        return HistoryEntry(
            log=self.log,
            position=self.fact.position,
            event_id=self.fact.id,
            name=self.fact.event.NAME,
            stream=self.fact.stream,
            version=self.fact.version,
            occurred_at=self.fact.occurred_at,
            recorded_at=self.fact.recorded_at,
            actor=self.fact.actor,
            cause=self.fact.cause,
            es=sentence.es,
            en=sentence.en,
            data=without_sealed(self.fact.event),
        )


async def case_history(database: Database, case: UUID, at: datetime | None) -> CaseHistory:
    """What was recorded about a case until a moment, or until now (``None``).

    Raises:
        NotFoundError: nothing was recorded about it.
    """
    entries = [line.entry() for line in until(await lines_of(database, case), at)]
    return CaseHistory(case_id=case, at=at, entries=entries)


async def lines_of(database: Database, case: UUID) -> list[Line]:
    """Every fact about a case, each after its cause.

    Raises:
        NotFoundError: nothing was recorded about it.
    """
    lines = await read_history(database, case)
    if not lines:
        raise NotFoundError
    return lines


def until(lines: Iterable[Line], at: datetime | None) -> list[Line]:
    """The facts that had been recorded at a moment; ``None``: all of them."""
    return [line for line in lines if at is None or line.fact.recorded_at <= at]


async def alert_trail(database: Database, referral: UUID) -> AlertTrail:
    """What was recorded about a referral's alerts.

    Raises:
        NotFoundError: nothing was recorded about them.
    """
    return AlertTrail(referral_id=referral, entries=[line.entry() for line in await alert_lines(database, referral)])


async def alert_lines(database: Database, referral: UUID) -> list[Line]:
    """Every fact about a referral's alerts, in the order of recording.

    Raises:
        NotFoundError: nothing was recorded about them.
    """
    lines = await read_alerts(database, referral)
    if not lines:
        raise NotFoundError
    return lines


async def read_history(database: Database, case: UUID) -> list[Line]:
    """Every fact about a case, each after its cause."""
    lines: list[Line] = []
    async with database.reading() as connection:
        for log in LOGS:
            query = f"""select {ENTRY_COLUMNS} from {log}.event where position in
                (select unnest(positions) from trace where log = $1 and trace.case_id = $2) order by position"""
            lines += [Line(log, decode(from_row(row))) for row in await connection.fetch(query, log, case)]
    return in_causal_order(lines)


async def read_alerts(database: Database, referral: UUID) -> list[Line]:
    """Every fact about a referral's alerts, in the order of recording."""
    async with database.reading() as connection:
        case = await connection.fetchval("select case_id from referral.event where stream = $1 limit 1", referral)
        if case is None:
            return []
        query = f"""select {ENTRY_COLUMNS} from notifications.event where position in
            (select unnest(positions) from trace where log = 'notifications' and trace.case_id = $1)
            order by position"""
        facts = [decode(from_row(row)) for row in await connection.fetch(query, case)]
    return [Line("notifications", fact) for fact in facts if getattr(fact.event, "referral", None) == referral]


def in_causal_order(lines: Iterable[Line]) -> list[Line]:
    """Sorts by time of recording, but no fact before its cause: the services' clocks may differ."""
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


def without_sealed(event: Event) -> dict[str, Any]:
    """An event's fields; of a sealed one its class, key and commitment."""
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
