"""Reads histories from the logs: what was recorded, when, by whom, and caused by what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.sealed import Box
from services.audit.history.schemas import AlertTrail, CaseHistory, HistoryEntry
from services.audit.history.seals import NAME as ALTERED
from services.audit.history.seals import Seal, checked
from services.audit.prose import Sentence, describe
from services.audit.trace.projections import READ, LogName
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a history, and its log."""

    log: LogName
    fact: Recorded[Event]
    seal: Seal = Seal.SEALED
    """Whether it is what was sealed; of what is not, ``fact`` tells nothing."""

    def entry(self) -> HistoryEntry:
        """The fact as the API answers it; sealed data stays sealed."""
        sentence: Sentence = describe(self.fact)
        return HistoryEntry(
            log=self.log,
            position=self.fact.position,
            event_id=self.fact.id,
            name=ALTERED if self.seal is Seal.ALTERED else self.fact.event.NAME,
            stream=self.fact.stream,
            version=self.fact.version,
            occurred_at=self.fact.occurred_at,
            recorded_at=self.fact.recorded_at,
            actor=self.fact.actor,
            cause=self.fact.cause,
            es=sentence.es,
            en=sentence.en,
            data=without_sealed(self.fact.event),
            seal=self.seal,
        )


def case_history(case: UUID, lines: Iterable[Line], at: datetime | None) -> CaseHistory:
    """What was recorded about a case until a moment, or until now (``None``)."""
    return CaseHistory(case_id=case, at=at, entries=[line.entry() for line in until(lines, at)])


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


def alert_trail(referral: UUID, lines: Iterable[Line]) -> AlertTrail:
    """What was recorded about a referral's alerts."""
    return AlertTrail(referral_id=referral, entries=[line.entry() for line in lines])


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
        for log in READ:
            lines += [Line(log, fact, seal) for fact, seal in await _sealed_facts(connection, log, case)]
    return in_causal_order(lines)


async def _sealed_facts(connection: asyncpg.Connection, log: LogName, case: UUID) -> list[tuple[Recorded[Event], Seal]]:
    """The facts of a case in one log, each held against what was sealed of it."""
    positions = await connection.fetchval(
        "select positions from trace where log = $1 and trace.case_id = $2", log, case
    )
    query = f"select {ENTRY_COLUMNS} from {log}.event where position = any($1::bigint[]) order by position"
    rows = await connection.fetch(query, positions) if positions else []
    return await checked(connection, log, positions or (), [from_row(row) for row in rows], case)


async def read_alerts(database: Database, referral: UUID) -> list[Line]:
    """Every fact about a referral's alerts, in the order of recording."""
    async with database.reading() as connection:
        case = await connection.fetchval("select case_id from referral.event where stream = $1 limit 1", referral)
        if case is None:
            return []
        facts = await _sealed_facts(connection, "notifications", case)
    return [
        Line("notifications", fact, seal)
        for fact, seal in facts
        if seal is Seal.ALTERED or getattr(fact.event, "referral", None) == referral
    ]


def in_causal_order(lines: Iterable[Line]) -> list[Line]:
    """Sorts by time of recording, but no fact before its cause: the services' clocks may differ."""
    by_time = sorted(lines, key=lambda line: (line.fact.recorded_at, READ.index(line.log), line.fact.position))
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
