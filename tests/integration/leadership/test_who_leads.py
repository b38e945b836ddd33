"""One instance of a service leads: the other learns within seconds that it does no more, whatever became of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from services.chassis.runtime import leadership as leadership_module
from services.chassis.runtime.leadership import Leadership
from services.chassis.secrets.installation import Secrets
from tests.support.system.logs import as_admin, database_of
from tests.support.system.system import eventually

END_SESSION = """select pg_terminate_backend(pid) from pg_locks
where locktype = 'advisory' and classid = $1 and granted
  and database = (select oid from pg_database where datname = current_database())"""
SILENCE = 1
"""Seconds instead of ten."""


class Frozen(Leadership):
    """It can be stopped as SIGSTOP stops a process: it neither asks nor learns anything."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.thawed = asyncio.Event()

    def freeze(self) -> None:
        """From now on it is frozen."""
        self.thawed.clear()

    async def _asks(self, session: asyncpg.Connection, statement: str, *arguments: object) -> bool:
        await self.thawed.wait()
        return await super()._asks(session, statement, *arguments)


@dataclass
class Two:
    """Two instances, and how many of them did the work of a leader at the same time."""

    instances: list[Frozen] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    working: set[int] = field(default_factory=set)
    most: int = 0
    begun: list[int] = field(default_factory=list)

    def begins(self, number: int) -> None:
        self.working.add(number)
        self.begun.append(number)
        self.most = max(self.most, len(self.working))

    async def ends(self, number: int) -> None:
        self.working.discard(number)

    async def leader(self, *, besides: Frozen | None = None) -> Frozen:
        """The instance that leads, once one does."""

        async def found() -> Frozen | None:
            return next((one for one in self.instances if one.leads and one is not besides), None)

        leader = await eventually(found)
        assert leader is not None
        return leader


@pytest.fixture
async def two(database: str, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    monkeypatch.setattr(leadership_module, "SILENCE", SILENCE)
    monkeypatch.setattr(leadership_module, "INTERVAL", 0.1)
    pair = Two()
    async with _instance(pair, database, secrets), _instance(pair, database, secrets):
        yield pair


@asynccontextmanager
async def _instance(pair: Two, dsn: str, secrets: Secrets) -> AsyncIterator[None]:
    number, database = len(pair.instances), database_of(dsn, secrets, "referral")
    one = Frozen(database, begin=lambda: pair.begins(number), end=lambda: pair.ends(number))
    one.thawed.set()
    pair.instances.append(one)
    task = asyncio.create_task(one.run())
    pair.tasks.append(task)
    try:
        yield
    finally:
        one.thawed.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()


async def test_one_of_two_instances_leads_and_the_other_knows_that_one_does(two: Two) -> None:
    leader = await two.leader()
    (other,) = [one for one in two.instances if one is not leader]

    async def knows() -> bool:
        return other.is_settled

    await eventually(knows)
    assert (leader.leads, other.leads, len(two.working), two.most) == (True, False, 1, 1)
    for one in two.instances:
        silent = one.leaderless_for()
        assert silent is not None


async def test_an_instance_whose_session_is_lost_leads_no_more_and_another_does(two: Two, database: str) -> None:
    await two.leader()
    async with as_admin(database) as admin:
        assert await admin.fetchval(END_SESSION, leadership_module.LOCK)

    async def begun_again() -> bool:
        return len(two.begun) > 1

    await eventually(begun_again)
    await two.leader()
    assert len(two.working) == 1


async def test_a_frozen_instance_is_replaced_and_knows_that_it_leads_no_more(two: Two) -> None:
    frozen = await two.leader()
    frozen.freeze()
    await two.leader(besides=frozen)
    assert not frozen.leads, "it believes to lead no longer than the server waits for it"
    frozen.thawed.set()

    async def one_works() -> bool:
        return len(two.working) == 1

    await eventually(one_works)


async def test_an_instance_that_is_told_to_stop_has_ended_its_work_when_another_begins(two: Two) -> None:
    first = await two.leader()
    two.tasks[two.instances.index(first)].cancel()
    await two.leader(besides=first)
    assert two.most == 1
