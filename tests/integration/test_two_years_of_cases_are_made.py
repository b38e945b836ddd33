"""The benchmark's country, so small that it is made within seconds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

import asyncpg
from pydantic import SecretStr

from benchmarks.country.copies import Copying, sets_of
from benchmarks.country.lives import FIRST_DAY, Pace, play
from benchmarks.country.pages import walk
from benchmarks.country.stages import MIDNIGHT
from benchmarks.country.templates import Templates, templates
from benchmarks.replay import rebuild_all
from benchmarks.stored import LOGS
from events.vocabulary import BoxClass
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.vault.keyring import Keyring
from services.system import FACTORIES, Installation
from tests.support.system.installations import fresh_database
from tests.support.system.servers import RunServers

PLAYED, CASES, DAYS, SEED = 6, 18, 6, 1
PACE = Pace(PLAYED, PLAYED, hour=timedelta(hours=8), days=3)


@asynccontextmanager
async def keys_of(installation: Installation, dsn: str) -> AsyncIterator[Keyring]:
    settings = installation.settings.model_copy(update={"postgres_dsn": SecretStr(dsn)})
    context = ServiceContext.of(settings, "intake", secrets=installation.secrets.of("intake"))
    try:
        yield context.keyring(BoxClass.IDENTITY, BoxClass.SCREENING)
    finally:
        await context.database.close()


async def read(installation: Installation, dsn: str) -> Templates:
    async with keys_of(installation, dsn) as keyring:
        return await templates(dsn, keyring)


async def copied(installation: Installation, played: Templates, dsn: str) -> None:
    async with keys_of(installation, dsn) as keyring:
        copying = Copying(
            of=played,
            sets=sets_of(CASES, PLAYED, DAYS),
            first=FIRST_DAY - timedelta(days=DAYS),
            played_first=datetime.fromisoformat(f"{FIRST_DAY}{MIDNIGHT}"),
            seed=SEED,
            keyring=keyring,
            days=DAYS,
        )
        await copying.run(dsn, lambda _: None)


async def counted(dsn: str, query: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


async def test_copies_of_played_cases_are_cases_that_every_service_can_read(
    installation: Installation, run_servers: RunServers
) -> None:
    assert installation.settings.postgres_dsn is not None
    assert (await play(installation, PACE, SEED, lambda _: None))["cases"] == PLAYED
    played = await read(installation, installation.settings.postgres_dsn.get_secret_value())
    assert (played.cases, played.unopened) == (PLAYED, 0)
    async with fresh_database(run_servers) as dsn:
        await copied(installation, played, dsn)
        found = await read(installation, dsn)
        await copied(installation, played, dsn)  # an interrupted run goes on where it was: here there is nothing left
        again = await read(installation, dsn)
        assert (CASES - PLAYED < found.cases <= CASES, found.unopened) == (True, 0)
        assert len(again.facts) == len(found.facts)
        for log in LOGS:
            last = await counted(dsn, f"select max(position) from {log}.event")
            assert last == await counted(dsn, f"select count(*) from {log}.event")
        days = {fact.at.date() for fact in found.facts}
        assert min(days) >= date(2013, 6, 6) <= max(days) <= FIRST_DAY + timedelta(days=1)
        await rebuild_all(dsn, lambda _: None)
        assert await counted(dsn, "select count(*) from intake.submission") == found.cases
        assert {row["path"] for row in await pages(installation, dsn)} > {"/mesa", "/albergue", "/auditoria/sellos"}


async def pages(installation: Installation, dsn: str) -> list[dict[str, object]]:
    settings = installation.settings.model_copy(update={"postgres_dsn": SecretStr(dsn)})
    there = Installation(settings, installation.secrets, first_start=False)
    services = [there.service(name) for name in FACTORIES]
    for service in services:
        service.log.start()
    try:
        return await walk(application(services), dsn, 1, SEED)
    finally:
        for service in services:
            await service.log.stop()
            await service.context.database.close()
