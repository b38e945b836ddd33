"""Whatever happens between, each fact of the upstream has its effect once, and in order."""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

import pytest
from nats.aio.msg import Msg

from services.chassis.errors import StaleProgressError
from services.chassis.messaging.consumer import OrderedConsumer
from services.chassis.messaging.streams import stream_config
from services.chassis.replication import follower as follower_module
from services.chassis.replication import relay as relay_module
from services.chassis.replication.follower import Follower
from tests.support.system.following import EffectHandler, Pair, at_work
from tests.support.system.logs import append, everything, some
from tests.support.system.system import HANG, eventually


async def test_every_fact_has_its_effect_in_order(pair: Pair) -> None:
    handler = EffectHandler()
    await append(pair.intake, *some(700))
    async with at_work(pair.follower(handler)):
        await pair.until_followed()
        await append(pair.intake, *some(30))
        await pair.until_followed()
    assert handler.seen == list(range(1, 731))
    await pair.effects_are_those_of(await everything(pair.intake))


@coroutine
def cancelled_at(step: int, work: Coroutine[Any, Any, None]) -> Generator[Any, Any, int]:
    """Does the work and cancels its task when it waits for the nth time. How often it waited."""
    task, waits, threads = asyncio.current_task(), 0, work.__await__()
    assert task is not None
    throw: BaseException | None = None
    while True:
        try:
            awaited = threads.throw(throw) if throw is not None else threads.send(None)
        except StopIteration:
            return waits
        except asyncio.CancelledError:
            task.uncancel()
            return waits
        waits, throw = waits + 1, None
        if waits == step:
            asyncio.get_running_loop().call_soon(task.cancel)
        try:
            yield awaited
        except BaseException as error:  # noqa: BLE001 - handed on to the work
            throw = error


@pytest.mark.search
async def test_cancelled_at_any_await_it_goes_on_without_skipping_or_repeating(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "BATCH_SIZE", 2)
    handler = EffectHandler(guarded=False)
    done: list[int] = []
    for step in range(1, 26):
        await append(pair.intake, *some(30))
        await pair.until_copied()
        follower = pair.follower(handler)
        waits = await asyncio.create_task(_cancelled(step, follower))
        assert waits >= step
        done.append((await pair.referral.progress("intake")).position)
    assert done[0] == 0
    assert len(set(done)) > 5  # it was cancelled before, between and after commits
    async with at_work(pair.follower(handler)):
        await pair.until_followed()
    await pair.effects_are_those_of(await everything(pair.intake))


async def _cancelled(step: int, follower: Follower) -> int:
    async with asyncio.timeout(HANG):
        return await cancelled_at(step, follower.run())


async def test_a_stream_that_is_deleted_and_filled_again_under_it_has_no_effect_twice(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chassis.messaging.consumer.HEARTBEAT", 0.2)
    handler = EffectHandler()
    await append(pair.intake, *some(50))
    async with at_work(pair.follower(handler)):
        await pair.until_followed()
        await pair.admin.jetstream().delete_stream(pair.names.stream("intake"))
        await append(pair.intake, *some(50))
        await pair.until_followed()
    assert handler.seen == list(range(1, 101))
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_messages_delivered_again_have_no_effect_twice(pair: Pair) -> None:
    """As after a resubscription from too early: the tail hands over what was handled before."""
    handler = EffectHandler()
    messages = await ten_messages(pair)
    follower = pair.follower(handler)
    for first, last in ((0, 4), (0, 4), (2, 7), (0, 10), (9, 10)):
        await follower._handle(messages[first:last])
    assert handler.seen == list(range(1, 11))
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_a_follower_that_another_has_overtaken_has_no_effect(pair: Pair) -> None:
    """Also when its batch reaches beyond the other's: part of it has happened."""
    messages = await ten_messages(pair)
    quick, slow = (pair.follower(EffectHandler(guarded=False)) for _ in range(2))
    await quick._handle(messages[:4])
    for last in (2, 4, 7):
        with pytest.raises(StaleProgressError):
            await slow._handle(messages[:last])
    await quick._handle(messages[4:])
    await pair.effects_are_those_of(await everything(pair.intake))


async def ten_messages(pair: Pair) -> list[Msg]:
    """Of intake's stream, as a follower gets them."""
    await append(pair.intake, *some(10))
    await pair.until_copied()
    consumer = OrderedConsumer(
        pair.client,
        stream=pair.names.stream("intake"),
        consumer="ten",
        inbox=pair.names.inbox("referral"),
        after=0,
        headers_only=True,
    )
    messages: list[Msg] = []
    async with consumer:
        while len(messages) < 10:
            messages += await consumer.batch(10)
    return messages


@pytest.fixture
def relay_that_leaves_the_stream_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may make a deleted stream anew before the test does, so this comes before the relay starts."""
    monkeypatch.setattr(relay_module, "CHECK_INTERVAL", 3600)


@pytest.mark.usefixtures("relay_that_leaves_the_stream_alone")
async def test_a_hole_in_the_stream_is_read_from_the_upstreams_log(pair: Pair) -> None:
    jetstream, stream = pair.admin.jetstream(), pair.names.stream("intake")

    async def relay_has_begun() -> bool:
        return pair.relay.connected

    await eventually(relay_has_begun)
    await jetstream.delete_stream(stream)
    config = stream_config(pair.names, "intake", pair.secrets.of("intake").stream_subject)
    await jetstream.add_stream(config.evolve(deny_delete=False))
    await append(pair.intake, *some(20))
    await pair.until_copied()
    for sequence in (1, 2, 7, 8, 9, 15):
        await jetstream.delete_msg(stream, sequence)
    handler = EffectHandler()
    async with at_work(pair.follower(handler)):
        await pair.until_followed()
    assert handler.seen == list(range(1, 21))
    await pair.effects_are_those_of(await everything(pair.intake))
