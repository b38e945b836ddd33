"""A follower beside another, a command or another history: no effect twice, and none lost."""

import asyncio
from collections.abc import Sequence
from itertools import count
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.reactions import HandledBatch
from services.chassis.replication import follower as follower_module
from services.chassis.replication.follower import UPSTREAM_CHANGED
from tests.support.system.following import EffectHandler, Pair, at_work, effect
from tests.support.system.logs import append, as_admin, entry, everything, opened, some
from tests.support.system.system import HANG


async def test_two_followers_of_one_service_at_once_have_no_effect_twice(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "BATCH_SIZE", 5)
    async with opened(pair.dsn, pair.secrets, "referral") as log:
        two = pair.follower(EffectHandler(guarded=False)), pair.follower(EffectHandler(guarded=False), log)
        async with at_work(*two):
            for _ in range(20):
                await append(pair.intake, *some(20))
            await pair.until_followed()
    await pair.effects_are_those_of(await everything(pair.intake))


@pytest.mark.parametrize(
    "change",
    [
        "update intake.event set state = '[]' where position = 5",
        "update intake.event set id = gen_random_uuid() where position = 5",
        "delete from intake.event where position = 5",
    ],
    ids=["another content", "another event", "none"],
)
async def test_an_upstream_with_another_history_stops_the_service(pair: Pair, change: str) -> None:
    await append(pair.intake, *some(5))
    async with at_work(pair.follower(EffectHandler())):
        await pair.until_followed()
    async with as_admin(pair.dsn) as admin, admin.transaction():
        await admin.execute("alter table intake.event disable trigger user")
        await admin.execute(change)
    follower = pair.follower(EffectHandler())
    async with asyncio.timeout(HANG):
        await follower.run()
    assert follower.alarm == pair.referral.halted == UPSTREAM_CHANGED == "upstream_history_changed"


async def test_a_version_that_a_command_took_meanwhile_is_decided_again(pair: Pair) -> None:
    stream, rounds = uuid4(), count(1)

    async def digest(entries: Sequence[LogEntry]) -> HandledBatch:
        history = (await versions(pair, stream))[-1:] or [0]
        if next(rounds) <= 3:
            await append(pair.referral, entry(stream, history[0] + 1, topic="referral.noted.v1"))
        return HandledBatch(entries=[entry(stream, history[0] + n) for n in range(1, len(entries) + 1)])

    await append(pair.intake, *some(1))
    async with at_work(pair.follower(digest)):
        await pair.until_followed()
    assert await versions(pair, stream) == [1, 2, 3, 4]
    assert await pair.parked() == {}


async def versions(pair: Pair, stream: UUID) -> list[int]:
    return [each.originator_version for each in await everything(pair.referral) if each.stream == stream]


async def test_what_goes_with_a_batch_is_undone_with_it(pair: Pair) -> None:
    """A read model that fails leaves neither a position nor an effect."""

    async def digest(entries: Sequence[LogEntry]) -> HandledBatch:
        async def in_transaction(connection: asyncpg.Connection) -> None:
            await connection.execute("select 1 / $1::integer", 0 if entries[0].position <= 3 else 1)

        return HandledBatch(entries=[effect(each) for each in entries], in_transaction=in_transaction)

    await append(pair.intake, *some(3))
    async with at_work(pair.follower(digest)):
        await pair.until_followed()
        await append(pair.intake, *some(2))
        await pair.until_followed()
    assert await pair.parked() == dict.fromkeys((1, 2, 3), "DivisionByZeroError")
    await pair.effects_are_those_of((await everything(pair.intake))[3:])


async def test_a_halted_log_takes_no_effect_and_forgets_none(pair: Pair) -> None:
    pair.referral.halted = "some_alarm"
    await append(pair.intake, *some(5))
    tried = asyncio.Event()

    async def note(_entries: Sequence[LogEntry]) -> None:
        tried.set()

    async with at_work(pair.follower(EffectHandler(before=note))):
        await asyncio.wait_for(tried.wait(), HANG)
        assert await pair.referral.head() == 0
        pair.referral.halted = None
        await pair.until_followed()
    await pair.effects_are_those_of(await everything(pair.intake))
