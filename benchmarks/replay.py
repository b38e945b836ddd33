"""Reading stored events again: as rows, as typed events, and into read models; each by itself."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg

import events.published  # noqa: F401 - every event there is can be opened
from benchmarks.stored import LOGS
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.operations.rebuild import rebuild
from services.chassis.runtime.event_loop import settle
from services.system import MODELS

BATCH = 5_000


async def read_and_open(dsn: str) -> dict[str, Any]:
    """Events a second of all three logs: fetched in batches as rows, and made typed events of."""
    reading = opening = 0.0
    count = 0
    connection = await asyncpg.connect(dsn)
    try:
        for log in LOGS:
            query = f"select {ENTRY_COLUMNS} from {log}.event where position > $1 order by position limit {BATCH}"
            after = 0
            while True:
                started = time.perf_counter()
                rows = await connection.fetch(query, after)
                read = time.perf_counter()
                for row in rows:
                    decode(from_row(row))
                opened = time.perf_counter()
                reading, opening, count = reading + read - started, opening + opened - read, count + len(rows)
                if not rows:
                    break
                after = rows[-1]["position"]
    finally:
        await connection.close()
    return {"events": count, "read": count / reading, "open": count / opening}


async def rebuild_all(dsn: str, step: Callable[[str], None]) -> dict[str, Any]:
    """Every service's read models side by side, as ``canaliza rebuild`` does, in place of the live ones."""
    services: dict[str, Any] = {}
    step("rebuild")
    settle()
    began = time.perf_counter()

    async def one(service: str) -> None:
        rebuilt = await rebuild(dsn, service, MODELS[service])
        seconds = time.perf_counter() - began
        services[service] = {"passed": rebuilt.events, "seconds": seconds, "rate": rebuilt.events / seconds}

    await asyncio.gather(*map(one, MODELS))
    passed, seconds = sum(one["passed"] for one in services.values()), time.perf_counter() - began
    return {"services": services, "passed": passed, "seconds": seconds, "rate": passed / seconds}
