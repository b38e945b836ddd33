"""Caravan mode as its rows tell it: for which shelters it is on, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.silence import CaravanBegan, CaravanEnded
from services.chassis.database import Database

ON = "select caravan_id, states, shelters, began_at, until from caravan where ended_at is null order by began_at"
BEGAN = """
insert into caravan (caravan_id, states, shelters, reason, began_at, until) values ($1, $2, $3, $4, $5, $6)
"""
ENDED = "update caravan set ended_at = $2, how = $3 where caravan_id = $1"


@dataclass(frozen=True, slots=True)
class Caravan:
    """One that is on."""

    id: UUID
    states: frozenset[str]
    shelters: frozenset[str]
    began_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Caravans:
    """All that are on, in the order in which they began."""

    on: Sequence[Caravan] = ()

    def since(self, shelter: str) -> datetime | None:
        """Since when it is on for a shelter."""
        return min((one.began_at for one in self.on if shelter in one.shelters), default=None)


@dataclass
class Modes:
    """What is on, as it was last looked up: sending asks without waiting."""

    database: Database | None = None
    now: Caravans = field(default_factory=Caravans)

    async def look(self) -> None:
        """Looks it up. One that begins in this very moment holds for what is sent after it."""
        if self.database is not None:
            async with self.database.reading() as connection:
                self.now = await caravans_on(connection)


async def caravans_on(connection: asyncpg.Connection) -> Caravans:
    """Those that are on now."""
    return Caravans(
        [
            Caravan(
                id=UUID(int=row["caravan_id"].int),
                states=frozenset(row["states"]),
                shelters=frozenset(row["shelters"]),
                began_at=row["began_at"],
                until=row["until"],
            )
            for row in await connection.fetch(ON)
        ]
    )


async def project_caravans(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the rows up to a batch."""
    for fact in batch:
        if isinstance(fact.event, CaravanBegan):
            event = fact.event
            of_event = (list(event.states), list(event.shelters), event.reason, fact.recorded_at, event.until)
            await connection.execute(BEGAN, fact.stream, *of_event)
        elif isinstance(fact.event, CaravanEnded):
            await connection.execute(ENDED, fact.stream, fact.recorded_at, fact.event.how)
