from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from services.chassis.database import Database
from services.chassis.eventlog.upstream import not_ended
from services.chassis.secrets.installation import Secrets
from services.notifications.shifts.domain import ENDINGS

WHICH = f"""
select stream from unnest($1::uuid[]) as wanted (stream) where {not_ended("referral", "wanted.stream", "$2::text[]")}"""


async def recorded(dsn: str, stream: UUID, names: Sequence[str]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        first = await connection.fetchval("select coalesce(max(position), 0) from referral.event")
        for version, name in enumerate(names, start=1):
            await connection.execute(
                "insert into referral.event (position, id, stream, version, topic, recorded_at, state)"
                " values ($1, $2, $3, $4, $5, $6, '{}')",
                first + version, uuid4(), stream, version, f"{name}.v2", datetime.now(UTC),
            )  # fmt: skip
    finally:
        await connection.close()


async def test_a_desk_reads_the_history_of_referrals_alone_that_have_not_ended(database: str, secrets: Secrets) -> None:
    lives = {
        "was requested": ("referral.requested",),
        "is over": ("referral.requested", "referral.accepted", "referral.loop_closed"),
        "is read to its end": ("referral.requested", "referral.withdrawn", "referral.deletion_confirmed"),
        "is unknown": (),
    }
    streams = {what: uuid4() for what in lives}
    for what, names in lives.items():
        await recorded(database, streams[what], names)
    reader = Database(database, service="notifications", password=secrets.postgres["notifications"])
    try:
        async with reader.reading() as connection:
            rows = await connection.fetch(WHICH, list(streams.values()), [f"{name}.v" for name in ENDINGS])
    finally:
        await reader.close()
    found = {row["stream"] for row in rows}
    assert {what for what, stream in streams.items() if stream in found} == {
        "was requested",
        "is read to its end",
    }
