"""Rows for statements that read by an index, and plain statements that look at every row, to hold them against."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.secrets.installation import Secrets

NOW = datetime(2013, 6, 12, 12, tzinfo=UTC)
HERE, THERE, ELSEWHERE = "ALB-TAP-01", "ALB-OAX-01", "ALB-TAP-02"
COORDINATOR = Principal(Role.PROGRAMME_COORDINATOR, "*", "c-000")
READERS = (
    *(Principal(Role.SHELTER_WORKER, shelter, "w-035") for shelter in (HERE, THERE, ELSEWHERE)),
    *(Principal(Role.OFFICER, agency, "o-001") for agency in ("UNICEF", "ACNUR")),
    COORDINATOR,
)


class AlwaysRecorded:
    """Records every showing at once."""

    async def may_show(self, *_: Any) -> bool:
        return True


async def put(connection: asyncpg.Connection, table: str, **row: Any) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())


async def handed_over(connection: asyncpg.Connection, case: UUID, *shelters: str) -> None:
    """Each shelter in turn, with the one before in the same event."""
    for version, (before, after) in enumerate(pairwise(shelters), start=1):
        state = json.dumps({"data": {"from_shelter": before, "to_shelter": after}}).encode()
        position = await connection.fetchval("select coalesce(max(position), 0) + 1 from intake.event")
        await put(
            connection, "intake.event", position=position, id=uuid4(), stream=case, version=version,
            topic="intake.handed_over.v3", recorded_at=NOW, state=state,
        )  # fmt: skip


def reader_of(dsn: str, secrets: Secrets, service: str) -> Database:
    return Database(dsn, service=service, password=secrets.postgres[service])


async def plainly(database: Database, query: str, *values: Any, by: Principal) -> list[Any]:
    async with database.as_principal(by) as connection:
        return list(await connection.fetch(query, *values))
