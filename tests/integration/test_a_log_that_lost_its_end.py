"""An older backup in the log's place is noticed before anything is written on it, not after."""

import asyncio

import pytest

from services.chassis.errors import LogHaltedError
from services.chassis.eventlog import log as log_module
from services.chassis.eventlog.log import LOST_ITS_END, Log
from services.chassis.secrets.installation import Secrets
from tests.support.system.logs import append, as_admin, database_of, entry, everything, opened, some


async def forget_last_and_reconnect(dsn: str) -> None:
    """What a restore leaves: an earlier state of everything, and no connection of before."""
    async with as_admin(dsn) as connection:
        await connection.execute("""
            set session_replication_role = replica;
            delete from intake.event where position = 3;
            update intake.head set position = 2;
            select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'canaliza-intake'
              and datname = current_database()""")


async def test_whoever_wrote_the_lost_end_writes_nothing_in_its_place(database: str, secrets: Secrets) -> None:
    async with opened(database, secrets) as log:
        await append(log, *some(3))
        await forget_last_and_reconnect(database)
        refusals = []
        for _ in range(3):
            try:
                await append(log, entry())
            except Exception as refusal:  # noqa: BLE001 - the first may be told of the broken connection
                refusals.append(refusal)
        assert isinstance(refusals[-1], LogHaltedError)
        assert refusals[-1].details == {"reason": LOST_ITS_END}
        assert log.halted == LOST_ITS_END == "log_lost_its_end"
        assert len(await everything(log)) == 2


async def test_many_writers_at_once_are_all_refused_after_the_end_was_lost(database: str, secrets: Secrets) -> None:
    async with opened(database, secrets) as log:
        await append(log, *some(3))
        await forget_last_and_reconnect(database)
        for _ in range(2):
            await asyncio.gather(*(append(log, one) for one in some(40)), return_exceptions=True)
        assert log.halted == LOST_ITS_END
        assert len(await everything(log)) == 2


async def test_a_log_that_goes_on_after_a_lost_connection_is_not_halted(database: str, secrets: Secrets) -> None:
    async with opened(database, secrets) as log:
        await append(log, *some(3))
        async with as_admin(database) as connection:
            await connection.execute("""select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = 'canaliza-intake' and datname = current_database()""")
        for _ in range(3):
            await asyncio.gather(append(log, entry()), return_exceptions=True)
        assert log.halted is None
        assert len(await everything(log)) >= 5


async def test_a_started_service_writes_only_once_its_log_was_held_against_the_stream(
    database: str, secrets: Secrets
) -> None:
    log = Log(database_of(database, secrets))
    log.start(compare_first=True)
    try:
        writing = asyncio.create_task(append(log, entry()))
        await asyncio.sleep(0.2)
        assert not writing.done()
        assert await log.head() == 0
        log.compared.set()
        await writing
        assert await log.head() == 1
    finally:
        await log.stop()


async def test_a_log_found_to_differ_from_its_stream_never_wrote_the_first_case(
    database: str, secrets: Secrets
) -> None:
    log = Log(database_of(database, secrets))
    log.start(compare_first=True)
    try:
        writing = asyncio.create_task(append(log, entry()))
        await asyncio.sleep(0)
        log.halt("log_diverged_from_stream")
        with pytest.raises(LogHaltedError):
            await writing
        assert await log.head() == 0
    finally:
        await log.stop()


async def test_without_nats_a_case_is_taken_in_after_a_moment(
    database: str, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "COMPARISON_TIMEOUT", 0.05)
    log = Log(database_of(database, secrets))
    log.start(compare_first=True)
    try:
        assert (await append(log, entry())).first_position == 1
    finally:
        await log.stop()
