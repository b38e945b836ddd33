"""Reads caravan modes: the active, the expired, and all."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.commands import InTransaction
from services.referral.caravans.domain import Caravan, Caravans
from services.referral.caravans.schemas import CaravanMode, CaravanModes

BATCH_SIZE = 64
ON = "select caravan_id, states, shelters, began_at, until from caravan where ended_at is null order by began_at"
OVER = "select caravan_id from caravan where ended_at is null and until <= $1 limit $2"
ALL = "select * from caravan where $1 or ended_at is null order by began_at desc limit 200"
COVERED = """
select exists (select from caravan where ended_at is null and caravan_id <> $1 and shelters && $2::text[])
"""


@dataclass
class ActiveCaravans:
    """Cache of the active caravan modes; ``refresh()`` updates it, synchronous code reads ``current``."""

    database: Database | None = None
    current: Caravans = field(default_factory=Caravans)

    async def refresh(self) -> None:
        """Reads the active caravan modes. One that begins at this moment applies to what is sent later."""
        if self.database is not None:
            async with self.database.reading() as connection:
                self.current = await active_caravans(connection)


async def active_caravans(connection: asyncpg.Connection) -> Caravans:
    """The caravan modes that are active."""
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


async def expired_caravans(connection: asyncpg.Connection, now: datetime) -> list[UUID]:
    """The caravan modes that are active although their time is over."""
    return [UUID(int=row["caravan_id"].int) for row in await connection.fetch(OVER, now, BATCH_SIZE)]


async def is_covered(database: Database, caravan: UUID, shelters: Collection[str]) -> bool:
    """Whether another caravan mode is active for one of these shelters."""
    async with database.reading() as connection:
        return bool(await connection.fetchval(COVERED, caravan, list(shelters)))


def not_covered(caravan: UUID, shelters: Collection[str]) -> InTransaction:
    """A guard that raises ``VersionConflictError`` if another caravan mode is active for one of these shelters."""

    async def look(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(COVERED, caravan, list(shelters)):
            raise VersionConflictError

    return look


async def list_caravans(database: Database, *, ended: bool) -> CaravanModes:
    """The active caravan modes; with ``ended`` all, the latest first."""
    async with database.reading() as connection:
        rows = await connection.fetch(ALL, ended)
    return CaravanModes(items=[CaravanMode(**{name: row[name] for name in CaravanMode.model_fields}) for row in rows])
