"""The task that commits, and what callers are told when it or PostgreSQL is away."""

import asyncio
import os
import signal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.chassis.database import TIMEOUT
from services.chassis.errors import (
    StoreUnavailableError,
)
from services.chassis.eventlog.append import Appended
from services.chassis.eventlog.group_commit import GroupCommit
from services.chassis.eventlog.log import Log
from services.chassis.operations.migrate import migrate_database
from services.chassis.secrets.installation import Secrets
from services.local import PostgresServer
from tests.support.system.logs import answers, append, database_of, entry, everything, ids, opened, some
from tests.support.system.system import eventually


class TestTheWriter:
    async def test_gathers_no_more_than_a_batch_and_makes_the_others_wait(self) -> None:
        batches, going = list[int](), asyncio.Event()

        async def commit(batch: list[int]) -> list[int]:
            batches.append(len(batch))
            await going.wait()
            return [each * 2 for each in batch]

        group = GroupCommit(commit, max_batch=4, max_waiting=8)
        group.start()
        callers = [asyncio.create_task(group.submit(number)) for number in range(100)]

        async def full() -> bool:
            return group._queue.full()

        await eventually(full)
        assert group._queue.qsize() == 8
        going.set()
        assert await answers(*callers) == [number * 2 for number in range(100)]
        assert max(batches) == 4
        await group.stop()

    async def test_that_is_stopped_leaves_nobody_waiting_not_even_who_waited_for_room(self) -> None:
        async def never(_batch: list[int]) -> list[int]:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        group = GroupCommit(never, max_batch=2, max_waiting=3)
        group.start()
        callers = [asyncio.create_task(group.submit(number)) for number in range(50)]

        async def full() -> bool:
            return group._queue.full()

        await eventually(full)
        await group.stop()
        assert {type(each) for each in await answers(*callers)} == {StoreUnavailableError}

    async def test_that_was_never_started_or_is_stopped_says_so(self, database: str, secrets: Secrets) -> None:
        log = Log(database_of(database, secrets))
        with pytest.raises(StoreUnavailableError):
            await append(log, entry())
        log.start()
        await append(log, entry())
        await log.stop()
        with pytest.raises(StoreUnavailableError):
            await append(log, entry())

    async def test_that_gets_too_few_answers_leaves_nobody_waiting(self) -> None:
        async def forgets(batch: list[int]) -> list[int]:
            return batch[1:]

        group = GroupCommit(forgets, max_batch=10)
        group.start()
        for _ in range(2):
            got = await answers(*(group.submit(number) for number in range(5)))
            assert all(isinstance(each, Exception) for each in got)
        await group.stop()

    async def test_goes_on_when_a_caller_gave_up_waiting(self, log: Log) -> None:
        impatient = [asyncio.create_task(append(log, each)) for each in some(20)]
        await asyncio.sleep(0)
        for task in impatient[::2]:
            task.cancel()
        got = await answers(*impatient)
        assert all(isinstance(each, Appended) for each in got[1::2])
        assert (await append(log, entry())).first_position == await log.head()


async def test_when_postgresql_stops_callers_are_told_at_once_and_go_on_when_it_is_back(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    server = PostgresServer(tmp_path, secrets)
    await server.start()
    try:
        await migrate_database(server.dsn, secrets)
        async with opened(server.dsn, secrets) as log:
            await append(log, entry())
            await server.stop()
            command, asked = uuid4(), entry()
            with pytest.raises(StoreUnavailableError):
                async with asyncio.timeout(TIMEOUT):
                    await append(log, asked, command=command)
            with pytest.raises(StoreUnavailableError):
                await log.head()
            await server.start()
            assert (await append(log, asked, command=command)).first_position == 2
            assert ids(await everything(log))[1:] == [asked.id]
    finally:
        await server.stop()


async def test_when_postgresql_is_killed_everything_that_was_acknowledged_is_there(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    server = PostgresServer(tmp_path, secrets)
    await server.start()
    kept: dict[UUID, int] = {}
    try:
        await migrate_database(server.dsn, secrets)
        async with opened(server.dsn, secrets) as log:

            async def write() -> None:
                while True:
                    asked = entry()
                    kept[asked.id] = (await append(log, asked)).first_position

            writing = [asyncio.create_task(write()) for _ in range(10)]

            async def under_way() -> bool:
                return len(kept) > 200

            await eventually(under_way)
            os.kill(server.pid, signal.SIGQUIT)
            assert {type(each) for each in await answers(*writing)} == {StoreUnavailableError}
            await server.stop()
            await server.start()
            there = {each.id: each.position for each in await everything(log)}
            assert kept.items() <= there.items()
            assert sorted(there.values()) == list(range(1, len(there) + 1))
            assert (await append(log, entry())).first_position == len(there) + 1
    finally:
        await server.stop()
