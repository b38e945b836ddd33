"""Stores what the log says is closed, and where the facts of security are in which log."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from events.contract import Event, Recorded
from events.security import (
    AccountDisabled,
    AccountEnabled,
    PasskeyRemoved,
    PasswordRemoved,
    PasswordSet,
    SecondFactorRemoved,
    SecondFactorSet,
    TokenRevoked,
)
from services.audit.security.domain import LISTED, whose
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, ReadModel, Statement

CLOSE = """
insert into closed as known (kind, id, at) values ($1, $2, $3)
on conflict (kind, id) do update set at = greatest(known.at, excluded.at)
"""
OPEN = "delete from closed where kind = 'account' and id = $1"
PLACE = """
insert into security_fact (log, position, recorded_at, whose) values ($1, $2, $3, $4)
on conflict (log, position) do nothing
"""
CLOSING: tuple[type[Event], ...] = (
    TokenRevoked,
    AccountDisabled,
    AccountEnabled,
    PasswordSet,
    PasswordRemoved,
    SecondFactorSet,
    SecondFactorRemoved,
    PasskeyRemoved,
)


async def project_closed(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Applies a batch of the service's own log, in its order."""
    for fact in batch:
        match fact.event:
            case AccountEnabled(person=person):
                await connection.execute(OPEN, person)
            case _ if isinstance(fact.event, CLOSING):
                await connection.execute(CLOSE, *_closed(fact))


def _closed(fact: Recorded[Event]) -> tuple[str, str, datetime]:
    match fact.event:
        case TokenRevoked(token=token):
            return "token", str(token), fact.occurred_at
        case PasskeyRemoved(passkey=passkey):
            return "passkey", str(passkey), fact.occurred_at
        case AccountDisabled(person=person):
            return "account", person, fact.occurred_at
        case event:
            return "credential", str(getattr(event, "person", "")), fact.occurred_at


async def project_facts(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Notes where the facts of the service's own log are."""
    rows = [
        ("audit", fact.position, fact.recorded_at, whose(fact))
        for fact in batch
        if isinstance(fact.event, LISTED["audit"])
    ]
    if rows:
        await connection.executemany(PLACE, rows)


def facts_projector(log: str) -> Projector:
    """Notes where another log's facts of security are; it decodes no other entry."""
    names = {event.NAME for event in LISTED[log]}

    def place(entries: Sequence[LogEntry]) -> list[Statement]:
        facts = [decode(entry) for entry in entries if entry.name in names]
        return [(PLACE, (log, fact.position, fact.recorded_at, whose(fact))) for fact in facts]

    return Projector(place=place, reads=LISTED[log])


FOLLOWED = {log: facts_projector(log) for log in LISTED if log != "audit"}
"""By the log that they follow."""
MODELS = (
    ReadModel(tables=("closed",), fills={"audit": Projector(project=project_closed, reads=CLOSING)}),
    ReadModel(
        tables=("security_fact",),
        fills={"audit": Projector(project=project_facts, reads=LISTED["audit"]), **FOLLOWED},
    ),
)
PROJECTIONS = (project_closed, project_facts)
"""Run in the transaction of every append."""
