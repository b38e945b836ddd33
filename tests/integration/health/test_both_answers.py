"""A balancer asks whether requests may come, an alarm whether what came goes all the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from services.system import Installation
from tests.support.system.health import failing, flow, quick, ready, until_failing, until_flowing, until_ready
from tests.support.system.system import System, running


@asynccontextmanager
async def administrator(system: System) -> AsyncIterator[asyncpg.Connection]:
    assert system.installation.settings.postgres_dsn is not None
    connection = await asyncpg.connect(system.installation.settings.postgres_dsn.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_system_at_rest_takes_requests_and_everything_flows(own_system: System) -> None:
    await until_flowing(own_system)
    status, services = await ready(own_system)
    assert status == 200
    assert services.keys() == {"intake", "referral", "notifications", "audit"}
    for answer in (services, (await flow(own_system))[1]):
        for each in answer.values():
            assert all(check["es"] and check["en"] and check["es"] != check["code"] for check in each["checks"])


async def test_a_loop_that_fails_all_the_time_is_named_and_no_reason_to_refuse_requests(
    installation: Installation,
) -> None:
    async def a_loop_that_fails() -> None:
        raise RuntimeError

    async with running(installation, loops={"audit": [a_loop_that_fails]}) as system:
        await until_failing(system, ("audit", "loop", "a_loop_that_fails"))
        assert (await ready(system))[0] == 200


async def test_a_database_of_a_newer_or_older_program_takes_no_requests(own_system: System) -> None:
    async with administrator(own_system) as admin:
        await admin.execute("insert into referral.migration (name, sha256) values ('9999_of_next_year.sql', '')")
        await until_ready(own_system, status=503)
        assert failing((await ready(own_system))[1]) == {("referral", "database_newer", None)}
        await admin.execute("delete from referral.migration where name = '9999_of_next_year.sql'")
        await until_ready(own_system)
        await admin.execute("update referral.migration set name = 'x' where name = '0001_log.sql'")
        await until_ready(own_system, status=503)
        assert ("referral", "migrations_pending", None) in failing((await ready(own_system))[1])


async def test_a_log_that_accepts_no_write_takes_no_requests_although_the_database_answers(
    installation: Installation,
) -> None:
    async with running(quick(installation)) as system:
        async with administrator(system) as admin, admin.transaction():
            await admin.execute("select from referral.head for update")
            await until_ready(system, status=503)
            assert failing((await ready(system))[1]) == {("referral", "write", None)}
        await until_ready(system)


async def test_what_nobody_copies_or_digests_is_told_by_its_age(installation: Installation) -> None:
    async with running(quick(installation)) as system:
        await until_flowing(system)
        async with administrator(system) as admin:
            await admin.execute(
                """insert into referral.parked values ('intake', 0, null, 'intake.x.v1', 'Broken', now())"""
            )
            await until_failing(system, ("referral", "parked", None))
            assert (await ready(system))[0] == 200
            (check,) = [one for one in (await flow(system))[1]["referral"]["checks"] if one["code"] == "parked"]
            assert check["count"] == 1
            await admin.execute("delete from referral.parked")
        await until_flowing(system)


async def test_looks_at_a_database_that_does_not_answer_do_not_pile_up(installation: Installation) -> None:
    async with running(quick(installation)) as system, administrator(system) as admin:
        async with admin.transaction():
            await admin.execute("lock table audit.parked in access exclusive mode")
            answers = await asyncio.gather(*(flow(system) for _ in range(20)))
            assert all(status == 503 for status, _ in answers)
            waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename like '%audit'"
            assert await admin.fetchval(waiting) <= 2
        await until_flowing(system)
