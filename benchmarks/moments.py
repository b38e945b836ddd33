"""Looking back: a case, an explanation and a desk at moments drawn by chance, with many events stored."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.arrivals import percentiles
from benchmarks.ground import Ground, Place
from events.vocabulary import Agency
from services.audit.explanations.api import answer_of
from services.audit.explanations.queries import explanation_of
from services.audit.history.queries import lines_of
from services.audit.time_machine.answers import case_answer, desk_answer
from services.audit.time_machine.queries import case_moment, desk_moment
from services.audit.time_machine.times import By
from services.chassis.database import Database

TIMES = 300
PAGE = 50
A_DAY = timedelta(days=1)
CASES = "select case_id from audit.trace tablesample system (10) where log = 'referral' limit $1"
SPAN = "select min(recorded_at), max(recorded_at) from (select recorded_at from referral.event limit 10000) as facts"


async def look_back(ground: Ground, place: Place, events: int, *, seed: int) -> dict[str, Any]:
    """Milliseconds of each question, from the question to the answer as it would be sent."""
    connection = await asyncpg.connect(place.dsn)
    try:
        cases = [UUID(bytes=row["case_id"].bytes) for row in await connection.fetch(CASES, TIMES)]
        span: tuple[datetime, datetime] = tuple(await connection.fetchrow(SPAN))
    finally:
        await connection.close()
    source = random.Random(seed)  # noqa: S311 - the same moments every time
    secrets = ground.servers.secrets
    database = Database(place.dsn, service="audit", password=secrets.postgres["audit"])

    def at() -> datetime:
        return span[0] + (span[1] - span[0]) * source.random()

    async def case(by: By) -> None:
        case_answer(await case_moment(database, source.choice(cases), at(), by)).model_dump_json()

    async def why() -> None:
        found = source.choice(cases)
        answer_of(
            found, None, (await explanation_of(database, await lines_of(database, found), None)).explanation
        ).model_dump_json()

    async def desk() -> None:
        agency = source.choice((Agency.OIM, Agency.ACNUR, Agency.UNICEF))
        moment = await desk_moment(database, agency, at() + A_DAY, By.RECORDED, after=None, limit=PAGE)
        desk_answer(moment, None).model_dump_json()

    try:
        return {
            "events": events,
            "case": await _timed(lambda: case(By.RECORDED)),
            "case, as it happened": await _timed(lambda: case(By.OCCURRED)),
            "explanation": await _timed(why),
            "desk, a page": await _timed(desk, times=30),
        }
    finally:
        await database.close()


async def _timed(ask: Callable[[], Awaitable[None]], *, times: int = TIMES) -> dict[str, float]:
    """Percentiles in milliseconds, one question after the other; the first ones warm up."""
    found: Sequence[float] = []
    for number in range(times + 5):
        began = time.perf_counter()
        await ask()
        if number >= 5:
            found = [*found, (time.perf_counter() - began) * 1000]
        await asyncio.sleep(0)
    return percentiles(list(found))
