"""What is measured on two years of cases, one thing after the other."""

import asyncio
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from pydantic import SecretStr

from benchmarks import append
from benchmarks.country.pages import walk
from benchmarks.country.sizes import on_disk, streams
from benchmarks.ground import Ground, Place
from benchmarks.growth import CALLERS
from benchmarks.ledger import seal_and_prove
from benchmarks.machine import memory_mb
from benchmarks.moments import look_back
from benchmarks.replay import read_and_open, rebuild_all
from benchmarks.startup import start_each_at
from services.chassis.clock import Clock
from services.chassis.operations.migrate import migrate_database
from services.chassis.runtime.application import application
from services.chassis.runtime.event_loop import settle
from services.chassis.runtime.service import Service
from services.local.cluster import binary
from services.system import FACTORIES, Installation

LAST = "select max(recorded_at) from (select recorded_at from referral.event order by position desc limit 1000) as last"
APPENDING = 3.0
"""Seconds."""

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where it is measured, how often, and whom to tell."""

    ground: Ground
    place: Place
    step: Step
    times: int
    seed: int


async def reading(wanted: Wanted) -> dict[str, Any]:
    """Every event read and opened."""
    wanted.step("events read and opened")
    return await read_and_open(wanted.place.dsn)


async def read_models(wanted: Wanted) -> dict[str, Any]:
    """Every read model filled from the logs; what was written ahead of the data for it."""
    before = await _one(wanted.place.dsn, "select pg_current_wal_lsn()::text")
    rebuilt = await rebuild_all(wanted.place.dsn, wanted.step)
    written = await _one(wanted.place.dsn, f"select pg_wal_lsn_diff(pg_current_wal_lsn(), '{before}')::bigint")
    await _run(wanted.place.dsn, "vacuum analyze")
    return {"rebuild": rebuilt, "wal_written": written}


async def disk(wanted: Wanted) -> dict[str, Any]:
    """Bytes of the database, and of a dump of it."""
    wanted.step("a dump")
    sizes, dump = await on_disk(wanted.place.dsn), wanted.ground.folder / "country.dump"
    began = time.perf_counter()
    dumping = await asyncio.create_subprocess_exec(
        binary("pg_dump"), "--format=custom", f"--file={dump}", wanted.place.dsn, stdin=subprocess.DEVNULL
    )
    if await dumping.wait():
        raise RuntimeError("pg_dump failed")
    seconds = time.perf_counter() - began
    found = {**sizes, "dump": dump.stat().st_size, "dump_seconds": seconds}
    dump.unlink()
    return found


async def pages(wanted: Wanted) -> dict[str, Any]:
    """Every list and page at the end of the two years; and what health looks at."""
    now = await _one(wanted.place.dsn, LAST)
    clock = _stopped(now + timedelta(minutes=1))
    settings = wanted.ground.settings(wanted.place).model_copy(update={"postgres_dsn": SecretStr(wanted.place.dsn)})
    everything = Installation(settings, wanted.ground.servers.secrets, first_start=False)
    services = [everything.service(name, clock) for name in FACTORIES]
    wanted.step("every list and page")
    for service in services:
        service.log.start()
    app = application(services)
    settle()  # as a process does that serves
    try:
        walked = await walk(app, wanted.place.dsn, wanted.times, wanted.seed)
        wanted.step("what health looks at")
        looks = {service.name: await _looks(service) for service in services}
    finally:
        for service in services:
            await service.log.stop()
            await service.context.database.close()
    return {"pages": walked, "looks_ms": looks}


async def moments(wanted: Wanted) -> dict[str, Any]:
    """Looking back at a moment."""
    wanted.step("looking back")
    positions = "select (select position from intake.head) + (select position from referral.head)"
    return await look_back(wanted.ground, wanted.place, int(await _one(wanted.place.dsn, positions)), seed=wanted.seed)


async def writing(wanted: Wanted) -> dict[str, Any]:
    """Appends a second to intake's log by callers who each wait for their commit, beside so much that is stored."""
    wanted.step("append")
    state = await _one(wanted.place.dsn, "select state from intake.event where position = 1")
    async with append.canaliza(wanted.ground, wanted.place, state) as send:
        (found,) = await append.rates(
            send, APPENDING, wanted.seed, step=lambda _: None, concurrent=[CALLERS], repeats=[0.0]
        )
    return dict(found)


async def ledger(wanted: Wanted) -> dict[str, Any]:
    """Sealing of everything."""
    wanted.step("gathered and sealed")
    return await seal_and_prove(
        wanted.place.dsn, wanted.ground.servers.secrets.of("audit"), wanted.ground.folder / "sealed", wanted.seed
    )


async def starting(wanted: Wanted) -> dict[str, Any]:
    """Migrating again, the start of each service with so much stored, and the copies that they make meanwhile."""
    began = time.perf_counter()
    await migrate_database(wanted.place.dsn, wanted.ground.servers.secrets)
    migrated = time.perf_counter() - began
    wanted.step("each service started; streams filled")
    services = await start_each_at(wanted.ground, wanted.place)
    return {
        "migrate_seconds": migrated,
        "services": services,
        "streams": await streams(wanted.ground, wanted.place),
        "postgres_mb": memory_mb(wanted.ground.servers.postgres_pid),
        "nats_mb": memory_mb(wanted.ground.servers.nats_pid),
    }


async def _looks(service: Service) -> float:
    """Milliseconds of all looks into a service's tables."""
    async with service.context.database.as_system() as connection:
        began = time.perf_counter()
        for look in service.flow:
            await look(connection)
        return 1000 * (time.perf_counter() - began)


def _stopped(moment: datetime) -> Clock:
    return lambda: moment


async def _one(dsn: str, query: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
