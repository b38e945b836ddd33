"""Logs as a test uses them: opened as a service, with plain entries, without any service around them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
from nats.aio.client import Client

from services.chassis.database import Database
from services.chassis.eventlog.append import Append, Appended
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.names import Names
from services.chassis.replication.outlet import Outlet
from services.chassis.secrets.installation import Secrets

HANG = 300.0
"""Seconds after which a caller is known to hang."""
A_DAY = datetime(2013, 6, 12, 15, 32, tzinfo=UTC)


def entry(
    stream: UUID | None = None,
    version: int = 1,
    *,
    topic: str = "intake.noted.v1",
    state: bytes = b"{}",
    case: UUID | None = None,
) -> LogEntry:
    """Something to append: the first of a new stream unless told otherwise."""
    return LogEntry(
        originator_id=stream or uuid4(),
        originator_version=version,
        topic=topic,
        state=state,
        id=uuid4(),
        case=case,
        recorded_at=A_DAY,
    )


def some(count: int, **same: Any) -> list[LogEntry]:
    """As many new streams with one entry each."""
    return [entry(state=b'{"n": %d}' % number, **same) for number in range(1, count + 1)]


def database_of(dsn: str, secrets: Secrets, service: str = "intake") -> Database:
    """A service's own way in."""
    return Database(dsn, service=service, password=secrets.postgres[service])


@asynccontextmanager
async def opened(dsn: str, secrets: Secrets, service: str = "intake", **options: Any) -> AsyncIterator[Log]:
    """A service's log with its writer running."""
    database = database_of(dsn, secrets, service)
    log = Log(database, **options)
    log.start()
    try:
        yield log
    finally:
        await log.stop()
        await database.close()


async def append(log: Log, *entries: LogEntry, command: UUID | None = None) -> Appended:
    """Appends entries as one command."""
    return await log.append(Append(entries=entries, command=command))


async def everything(log: Log) -> list[LogEntry]:
    """The whole log, in its order."""
    return await log.entries(after=0, limit=1_000_000)


async def answers(*requests: Any) -> list[Any]:
    """Everybody's answer, in time: a caller that hangs fails the test."""
    async with asyncio.timeout(HANG):
        return await asyncio.gather(*requests, return_exceptions=True)


def ids(entries: Sequence[LogEntry]) -> list[UUID]:
    """Which they are, in their order."""
    return [each.id for each in entries]


@asynccontextmanager
async def as_admin(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do everything."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


def outlet_of(secrets: Secrets, names: Names, service: str = "intake") -> Outlet:
    """Where and how a service publishes its log."""
    own = secrets.of(service)
    return Outlet.of(names, own.stream_subject, own.stream_key)


@asynccontextmanager
async def signed_in(url: str, secrets: Secrets, names: Names, service: str) -> AsyncIterator[Client]:
    """A service's connection to NATS, which waits for a server that is away."""

    async def ignore(_error: Exception) -> None: ...

    client = await nats.connect(
        url,
        user="admin" if service == "admin" else names.user(service),
        password=secrets.nats[service],
        inbox_prefix=names.inbox(service),
        error_cb=ignore,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
    )
    try:
        yield client
    finally:
        await client.close()
