"""PostgreSQL: whether it is reached, which it is, and whether what it acknowledges is safe."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import asyncpg

from services.chassis.names import postgres_role
from services.doctor.domain import Code, Found, Why, fails, holds, judged, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look
from services.doctor.reasons import CannotLookError, place_of

OLDEST, NEWEST = 15, 18
"""Major versions. 18 is what the tests run on; 15 to 17 have all that the migrations use, and 15 and 16 were tried."""
CROWDED = 0.8
SECOND = 1.0

SAFE = ("fsync", "synchronous_commit", "full_page_writes")
SETTINGS = "select name, setting from pg_settings where name = any($1::text[])"
USED = "select count(*)::float8 / current_setting('max_connections')::float8 from pg_stat_activity"
BY_TLS = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"


def some_user(ground: Ground) -> AbstractAsyncContextManager[asyncpg.Connection]:
    """A connection as whoever this machine can sign in as: the administrator, else one of its services."""
    if ground.secrets is not None or not ground.of_services:
        return ground.connected()
    service, own = next(iter(ground.of_services.items()))
    return ground.connected(user=postgres_role(service), password=own.postgres)


async def reached(ground: Ground) -> list[Found]:
    """Whether it answers, and if not, why."""
    if ground.dsn is None:
        return [fails(Code.POSTGRES, "CANALIZA_POSTGRES_DSN", why=Why.NOT_SET)]
    place = place_of(ground.dsn)
    try:
        async with some_user(ground) as connection:
            return [holds(Code.POSTGRES, place, version=str(await connection.fetchval("show server_version")))]
    except CannotLookError as error:
        down = ground.by_itself and error.why is Why.REFUSED
        return [fails(Code.POSTGRES, place, why=Why.NOT_RUNNING if down else error.why)]


async def which(ground: Ground) -> list[Found]:
    """Its version, the way to it, and its clock."""
    async with some_user(ground) as connection:
        major = connection.get_server_version().major
        by_tls = bool(await connection.fetchval(BY_TLS))
        before = ground.clock()
        there: datetime = await connection.fetchval("select clock_timestamp()")
    after = ground.clock()
    apart = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    dsn = ground.dsn or ""
    here = place_of(dsn).startswith(("/", "localhost", "127.0.0.1", "[::1]"))
    said = {"version": major, "oldest": OLDEST, "newest": NEWEST}
    version = fails if major < OLDEST else warns if major > NEWEST else holds
    return [
        version(Code.POSTGRES_VERSION, **said),
        judged(Code.POSTGRES_TLS, here or by_tls),
        judged(Code.POSTGRES_CLOCK, apart < SECOND, seconds=f"{apart:.1f}"),
    ]


async def safe(ground: Ground) -> list[Found]:
    """Whether what was acknowledged survives a power cut."""
    async with some_user(ground) as connection:
        there = {row["name"]: row["setting"] for row in await connection.fetch(SETTINGS, list(SAFE))}
    off = [f"{name} = {there[name]}" for name in SAFE if there[name] == "off"]
    return [judged(Code.DURABLE, not off, settings=", ".join(off or SAFE))]


async def crowded(ground: Ground) -> list[Found]:
    """How many of its connections are taken."""
    async with some_user(ground) as connection:
        share: float = await connection.fetchval(USED)
    return [(holds if share < CROWDED else warns)(Code.CONNECTIONS, percent=round(share * 100))]


LOOKS: Sequence[Look] = (
    Look((Code.POSTGRES,), reached),
    Look((Code.POSTGRES_VERSION, Code.POSTGRES_TLS, Code.POSTGRES_CLOCK), which),
    Look((Code.DURABLE,), safe),
    Look((Code.CONNECTIONS,), crowded),
)
