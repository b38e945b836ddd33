"""Reads and writes what is stored of telephones beside the log: codes, when each was heard, what became of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.eventlog.commands import InTransaction
from services.chassis.ids import receipt_of
from services.chassis.web.cursors import Cursors
from services.intake.devices.domain import DeviceCodeNotAcceptedError
from services.intake.devices.schemas import DeviceItem, DevicePage

MAX_PAGE_SIZE = 200
LIST = "devices"

STORE_CODE = """
insert into device_code (command_id, lookup, shelter, issued_by, until) values ($1, $2, $3, $4, $5)
on conflict (command_id) do nothing
"""
FORGET_CODES = "delete from device_code where until <= $1"
CODE_OF = "select shelter, issued_by, until, used_by from device_code where command_id = $1"
FIND_CODE = "select issued_by from device_code where lookup = $1 and shelter = $2 and until > $3 and used_by is null"
USE_CODE = "update device_code set used_by = $2 where lookup = $1 and used_by is null and until > $3 returning used_by"
HEARD = """
insert into device_heard as known (device_id, heard_at) values ($1, $2)
on conflict (device_id) do update set heard_at = excluded.heard_at where known.heard_at <= $3
"""
PAGE = """
select device.*, heard_at from device left join device_heard using (device_id)
where shelter = $1 and ($2::bigint is null or sequence < $2) order by sequence desc limit $3
"""
OPENED = """
select distinct on (id) id, case_id, opened, recorded_at from submission
where id = any($1::uuid[]) and shelter = $2 order by id, recorded_at
"""
REFUSED = """
select distinct on (submission) submission, refusal_id, code, fault_fields, fault_codes, settled_at, corrected
from refusal where submission = any($1::uuid[]) and org = $2 and not amends
order by submission, settled_at is not null, sequence desc
"""


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A code that was given out."""

    shelter: str
    issued_by: str
    until: datetime
    used_by: str | None
    """The telephone that it enrolled."""


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """The case that a submission opened."""

    case: UUID
    receipt: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StoredRefusal:
    """What was refused last of a submission; one that waits comes before those that were settled."""

    refusal: UUID
    code: str
    faults: Sequence[tuple[str, str]]
    settled_at: datetime | None
    corrected: bool | None


async def store_code(
    database: Database, command: UUID, lookup: bytes, shelter: str, by: str, at: datetime, until: datetime
) -> StoredCode:
    """Stores a code unless the command stored one before; the stored one. Forgets those that are over."""
    async with database.reading() as connection:
        await connection.execute(FORGET_CODES, at)
        await connection.execute(STORE_CODE, command, lookup, shelter, by, until)
        return StoredCode(*await connection.fetchrow(CODE_OF, command))


async def code_of(database: Database, command: UUID) -> StoredCode | None:
    """The code that a command gave out, if it is still stored."""
    async with database.reading() as connection:
        row = await connection.fetchrow(CODE_OF, command)
    return None if row is None else StoredCode(*row)


async def issuer_of(database: Database, lookup: bytes, shelter: str, at: datetime) -> str | None:
    """Who gave out a code that is in force at this shelter; ``None``: there is no such code."""
    async with database.reading() as connection:
        found: str | None = await connection.fetchval(FIND_CODE, lookup, shelter, at)
        return found


def using_code(lookup: bytes, device: str, at: datetime) -> InTransaction:
    """Uses a code up in the transaction of an append, which fails if somebody else was faster."""

    async def use(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(USE_CODE, lookup, device, at) is None:
            raise DeviceCodeNotAcceptedError

    return use


async def note_heard(database: Database, device: str, at: datetime, unless_after: datetime) -> None:
    """Notes that a telephone was heard, unless that was noted since."""
    async with database.reading() as connection:
        await connection.execute(HEARD, device, at, unless_after)


async def list_devices(
    database: Database, cursors: Cursors, by: Principal, *, cursor: str | None, limit: int
) -> DevicePage:
    """A page of the telephones of the coordinator's shelter, the newest first, with those that were revoked.

    Raises:
        MalformedRequestError: the cursor was not issued by this list.
    """
    before = None if cursor is None else int(cursors.read(cursor, LIST, by))
    async with database.as_principal(by) as connection:
        rows = await connection.fetch(PAGE, by.org, before, limit + 1)
    page = rows[:limit]
    return DevicePage(
        items=[_item(row) for row in page],
        next_cursor=cursors.issue(LIST, by, str(page[-1]["sequence"])) if len(rows) > limit else None,
    )


async def opened_cases(database: Database, submissions: Sequence[UUID], shelter: str) -> Mapping[UUID, OpenedCase]:
    """The cases that these submissions of a shelter opened."""
    async with database.as_system() as connection:
        rows = await connection.fetch(OPENED, list(submissions), shelter)
    return {
        UUID(int=row["id"].int): OpenedCase(UUID(int=row["case_id"].int), receipt_of(row["opened"]), row["recorded_at"])
        for row in rows
    }


async def refused_submissions(
    database: Database, submissions: Sequence[UUID], shelter: str
) -> Mapping[UUID, StoredRefusal]:
    """What was refused of these submissions of a shelter, and whether it was settled."""
    async with database.as_system() as connection:
        rows = await connection.fetch(REFUSED, list(submissions), shelter)
    return {
        UUID(int=row["submission"].int): StoredRefusal(
            UUID(int=row["refusal_id"].int),
            row["code"],
            list(zip(row["fault_fields"], row["fault_codes"], strict=True)),
            row["settled_at"],
            row["corrected"],
        )
        for row in rows
    }


def _item(row: Any) -> DeviceItem:
    names = ("device_id", "enrolled_at", "enrolled_by", "revoked_at", "heard_at")
    return DeviceItem(**{name: row[name] for name in names})
