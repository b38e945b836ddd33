"""Appending alone: concurrent callers that each wait for a commit; some of their commands are repeated ones."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from benchmarks.arrivals import MILLISECOND, percentiles
from benchmarks.contenders import floor_log
from benchmarks.contenders.floor_log import FloorLog
from benchmarks.ground import Ground, Place
from events.intake import CaseOpened
from services.chassis.database import Database
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry

CONCURRENT = (1, 8, 64, 256)
REPEATS = (0.0, 0.01, 1.0)
REPEATABLE = 5_000
"""How many commands are carried out before the measurement and repeated in it."""

Send = Callable[[UUID], Awaitable[None]]
"""Appends one event as the result of a command."""


@asynccontextmanager
async def canaliza(ground: Ground, place: Place, state: bytes) -> AsyncIterator[Send]:
    """Intake's log without read models, so that the log alone is measured."""
    password = ground.servers.secrets.postgres["intake"]
    database = Database(place.dsn, service="intake", password=password)
    log = Log(database)
    log.start()
    now, topic = datetime.now(UTC), f"{CaseOpened.NAME}.v{CaseOpened.VERSION}"

    async def send(command: UUID) -> None:
        stream = uuid4()
        entry = LogEntry(
            originator_id=stream, originator_version=1, topic=topic, state=state, id=uuid4(), case=stream,
            recorded_at=now,
        )  # fmt: skip
        await log.append(Append(entries=[entry], command=command))

    try:
        yield send
    finally:
        await log.stop()
        await database.close()


@asynccontextmanager
async def floor(_ground: Ground, place: Place, state: bytes) -> AsyncIterator[Send]:
    """The floor's log."""
    connection = await asyncpg.connect(place.dsn, server_settings={"search_path": "floor"})
    await connection.execute(floor_log.schema("floor"))
    log = FloorLog(connection)
    log.start()

    async def send(command: UUID) -> None:
        await log.append(command, uuid4(), 1, state)

    try:
        yield send
    finally:
        await log.stop()


LOGS = {"canaliza": canaliza, "floor": floor}


async def rates(
    send: Send, seconds: float, seed: int, *, step: Callable[[str], None], concurrent: Sequence[int] = CONCURRENT,
    repeats: Sequence[float] = REPEATS,
) -> list[dict[str, Any]]:  # fmt: skip
    """Every combination, one after the other."""
    repeatable = [uuid4() for _ in range(REPEATABLE)]
    await asyncio.gather(*(send(command) for command in repeatable))
    found = []
    for share in repeats:
        for callers in concurrent:
            step(f"{callers} at once, {share:.0%} repeated")
            found.append(await _rate(send, seconds, callers, share, repeatable, seed))
    return found


async def _rate(
    send: Send, seconds: float, callers: int, share: float, repeatable: Sequence[UUID], seed: int
) -> dict[str, Any]:
    source = random.Random(seed)  # noqa: S311 - a repeatable load is wanted
    took: list[float] = []
    start = time.monotonic()
    until = start + seconds

    async def caller() -> None:
        while time.monotonic() < until:
            command = source.choice(repeatable) if source.random() < share else uuid4()
            asked = time.monotonic_ns()
            await send(command)
            took.append((time.monotonic_ns() - asked) / MILLISECOND)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return {
        "concurrent": callers,
        "repeated": share,
        "rate": len(took) / (time.monotonic() - start),
        "latency": percentiles(took),
    }
