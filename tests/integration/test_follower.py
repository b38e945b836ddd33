"""Whatever happens between, each fact of the upstream has its effect once, and in order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from types import coroutine
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from services.chassis import follower as followers
from services.chassis import relay as relays
from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.entry import Entry
from services.chassis.errors import StaleProgressError, StoreUnavailableError, VersionConflictError
from services.chassis.follower import UPSTREAM_CHANGED, Follower
from services.chassis.log import Log
from services.chassis.names import Names
from services.chassis.reacting import Digest, Digested
from services.chassis.relay import Relay
from services.chassis.secrets import Secrets
from services.chassis.upstream import HoleError, Upstream
from services.system import Ground
from tests.harness.logs import A_DAY, append, as_admin, database_of, entry, everything, opened, signed_in, some
from tests.harness.system import eventually

POISON = b'"poison"'


class Indigestible(Exception):  # noqa: N818 - what a poisoned event is
    """Nobody foresaw such an event."""


@dataclass
class Digestion:
    """Decides one entry for each fact, and writes down what it was asked to digest."""

    seen: list[int] = field(default_factory=list)
    poisonous: bool = True
    guarded: bool = True
    """Whether a second effect of a fact would conflict with the first. If not, only the position prevents it."""
    before: Callable[[Sequence[Entry]], Awaitable[None]] | None = None

    async def __call__(self, entries: Sequence[Entry]) -> Digested:
        if self.before is not None:
            await self.before(entries)
        if self.poisonous and any(each.state == POISON for each in entries):
            raise Indigestible
        self.seen += [each.position for each in entries]
        effects = [effect(each) for each in entries]
        return Digested(entries=effects if self.guarded else [replace(each, originator_id=uuid4()) for each in effects])


def effect(fact: Entry) -> Entry:
    """What a fact leads to: the first of a new stream, with an id that follows from the fact's."""
    return Entry(
        originator_id=uuid5(fact.id, "stream"),
        originator_version=1,
        topic="referral.noted.v1",
        state=fact.state,
        id=uuid5(fact.id, "event"),
        case=fact.case,
        recorded_at=A_DAY,
    )


@dataclass
class Pair:
    """Referral follows intake, with nothing else around them."""

    dsn: str
    secrets: Secrets
    names: Names
    intake: Log
    relay: Relay
    referral: Log
    client: Client
    admin: Client
    own: Database

    def follower(self, digest: Digest, log: Log | None = None) -> Follower:
        """One that was not started."""
        return Follower(
            client=self.client,
            names=self.names,
            service="referral",
            upstream=Upstream(self.own, "intake"),
            log=log or self.referral,
            digest=digest,
            clock=system_clock,
        )

    async def until_followed(self, position: int | None = None) -> None:
        """Waits until referral has come to the end of intake's log."""
        end = await self.intake.head() if position is None else position

        async def there() -> bool:
            return (await self.referral.progress("intake")).position == end

        await eventually(there)

    async def until_copied(self) -> None:
        head = await self.intake.head()

        async def copied() -> bool:
            return self.relay.copied == head

        await eventually(copied)

    async def parked(self) -> dict[int, str]:
        """Positions that wait, and why."""
        async with self.own.reading() as connection:
            rows = await connection.fetch("select position, reason from parked order by position")
        return {row["position"]: row["reason"] for row in rows}

    async def effects_are_those_of(self, facts: Sequence[Entry]) -> None:
        """Each of these had its effect once, in this order, and nothing else happened."""
        happened = await everything(self.referral)
        assert [each.id for each in happened] == [effect(fact).id for fact in facts]
        assert [each.position for each in happened] == list(range(1, len(facts) + 1))


@asynccontextmanager
async def at_work(*running: Follower | Relay) -> AsyncIterator[None]:
    """Runs them for as long as the context lasts."""
    tasks = [asyncio.create_task(each.run()) for each in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def pair(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    monkeypatch.setattr(followers, "BACK_OFF", 0.05)
    settings, secrets, names = ground.settings, ground.secrets, ground.settings.names
    assert settings.postgres_dsn is not None
    assert settings.nats_url is not None
    dsn, url = settings.postgres_dsn.get_secret_value(), settings.nats_url
    async with (
        opened(dsn, secrets, "intake") as intake,
        opened(dsn, secrets, "referral") as referral,
        signed_in(url, secrets, names, "intake") as theirs,
        signed_in(url, secrets, names, "referral") as client,
        signed_in(url, secrets, names, "admin") as admin,
    ):
        relay = Relay(intake, theirs.jetstream(), names, "intake")
        own = database_of(dsn, secrets, "referral")
        async with at_work(relay):
            yield Pair(dsn, secrets, names, intake, relay, referral, client, admin, own)
        await own.close()


async def test_every_fact_has_its_effect_in_order(pair: Pair) -> None:
    digestion = Digestion()
    await append(pair.intake, *some(700))
    async with at_work(pair.follower(digestion)):
        await pair.until_followed()
        await append(pair.intake, *some(30))
        await pair.until_followed()
    assert digestion.seen == list(range(1, 731))
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


async def test_cancelled_at_any_await_it_goes_on_without_skipping_or_repeating(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "BATCH", 2)
    digestion = Digestion(guarded=False)
    done: list[int] = []
    for step in range(1, 26):
        await append(pair.intake, *some(30))
        await pair.until_copied()
        follower = pair.follower(digestion)
        waits = await asyncio.create_task(_cancelled(step, follower))
        assert waits >= step
        done.append((await pair.referral.progress("intake")).position)
    assert done[0] == 0
    assert len(set(done)) > 5  # it was cancelled before, between and after commits
    async with at_work(pair.follower(digestion)):
        await pair.until_followed()
    await pair.effects_are_those_of(await everything(pair.intake))


async def _cancelled(step: int, follower: Follower) -> int:
    async with asyncio.timeout(5):
        return await cancelled_at(step, follower.run())


async def test_a_stream_that_is_deleted_and_filled_again_under_it_has_no_effect_twice(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chassis.tail.HEARTBEAT", 0.2)
    digestion = Digestion()
    await append(pair.intake, *some(50))
    async with at_work(pair.follower(digestion)):
        await pair.until_followed()
        await pair.admin.jetstream().delete_stream(pair.names.stream("intake"))
        await append(pair.intake, *some(50))
        await pair.until_followed()
    assert digestion.seen == list(range(1, 101))
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_messages_delivered_again_have_no_effect_twice(pair: Pair) -> None:
    """As after a resubscription from too early: the tail hands over what was handled before."""
    digestion = Digestion()
    messages = await ten_messages(pair)
    follower = pair.follower(digestion)
    for first, last in ((0, 4), (0, 4), (2, 7), (0, 10), (9, 10)):
        await follower._handle(messages[first:last])
    assert digestion.seen == list(range(1, 11))
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_a_follower_that_another_has_overtaken_has_no_effect(pair: Pair) -> None:
    """Also when its batch reaches beyond the other's: part of it has happened."""
    messages = await ten_messages(pair)
    quick, slow = (pair.follower(Digestion(guarded=False)) for _ in range(2))
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
    stream, jetstream = pair.names.stream("intake"), pair.client.jetstream()
    config = ConsumerConfig(name=f"{pair.names.user('referral')}_test", ack_policy=AckPolicy.NONE)
    consumer = await jetstream.add_consumer(stream, config)
    return await (await jetstream.pull_subscribe_bind(consumer.name, stream)).fetch(10, timeout=5)


async def test_a_hole_in_the_stream_is_read_from_the_upstreams_log(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "CHECK", 60)  # or it may make the stream anew before we do
    jetstream, stream = pair.admin.jetstream(), pair.names.stream("intake")
    await jetstream.delete_stream(stream)
    await jetstream.add_stream(StreamConfig(name=stream, subjects=[pair.names.subjects("intake")], allow_direct=True))
    await append(pair.intake, *some(20))
    await pair.until_copied()
    for sequence in (1, 2, 7, 8, 9, 15):
        await jetstream.delete_msg(stream, sequence)
    digestion = Digestion()
    async with at_work(pair.follower(digestion)):
        await pair.until_followed()
    assert digestion.seen == list(range(1, 21))
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_a_message_that_is_no_copy_of_an_entry_is_read_from_the_upstreams_log(pair: Pair) -> None:
    """Somebody published past the relay, which stops the log; what the log has is still followed."""
    await append(pair.intake, *some(2))
    await pair.until_copied()
    await pair.admin.jetstream().publish(pair.names.subject("intake.noted"), b"forged")
    await append(pair.intake, *some(1))
    digestion = Digestion()
    async with at_work(pair.follower(digestion)):
        await pair.until_followed()
    await pair.effects_are_those_of(await everything(pair.intake))


class TestAPoisonedEvent:
    CASE, OTHER = UUID(int=1), UUID(int=2)

    @pytest.fixture
    async def facts(self, pair: Pair) -> list[Entry]:
        """Of two cases in turn; the fifth is poisoned."""
        facts = [entry(case=(self.CASE, self.OTHER)[n % 2], state=POISON if n == 4 else b"{}") for n in range(10)]
        await append(pair.intake, *facts)
        return facts

    async def test_waits_with_every_later_one_of_its_case_and_the_others_go_on(
        self, pair: Pair, facts: list[Entry]
    ) -> None:
        async with at_work(pair.follower(Digestion())):
            await pair.until_followed()
            await append(pair.intake, later := entry(case=self.CASE), fine := entry(case=self.OTHER))
            await pair.until_followed()
        assert await pair.parked() == {
            5: "Indigestible", 7: "case_is_parked", 9: "case_is_parked", 11: "case_is_parked",
        }  # fmt: skip
        assert later.case == self.CASE
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9)), fine])

    async def test_keeps_its_case_waiting_also_after_a_restart(self, pair: Pair, facts: list[Entry]) -> None:
        async with at_work(pair.follower(Digestion())):
            await pair.until_followed()
        await append(pair.intake, entry(case=self.CASE))
        async with at_work(pair.follower(Digestion())):
            await pair.until_followed()
        assert list(await pair.parked()) == [5, 7, 9, 11]
        assert facts[4].state == POISON

    async def test_is_digested_with_the_later_ones_in_their_order_when_it_is_tried_again(
        self, pair: Pair, facts: list[Entry]
    ) -> None:
        digestion = Digestion()
        follower = pair.follower(digestion)
        async with at_work(follower):
            await pair.until_followed()
            with pytest.raises(Indigestible):
                await follower.retry(self.CASE)
            assert list(await pair.parked()) == [5, 7, 9]
            digestion.poisonous = False
            assert await follower.retry(self.CASE) == 3
            assert await pair.parked() == {}
            await append(pair.intake, fine := entry(case=self.CASE))
            await pair.until_followed()
            assert await follower.retry(self.CASE) == 0
        assert await pair.parked() == {}
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)), fine])

    async def test_tried_again_twice_at_once_is_digested_once(self, pair: Pair, facts: list[Entry]) -> None:
        digestion = Digestion()
        follower = pair.follower(digestion)
        async with at_work(follower), opened(pair.dsn, pair.secrets, "referral") as log:
            await pair.until_followed()
            digestion.poisonous = False
            got = await asyncio.gather(
                *(each.retry(self.CASE) for each in (follower, follower, pair.follower(digestion, log))),
                return_exceptions=True,
            )
        assert sorted(map(str, got)) == ["3", "version_conflict", "version_conflict"]
        await pair.effects_are_those_of([facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)])

    async def test_tried_again_while_a_later_one_is_parked_is_not_digested_without_it(
        self, pair: Pair, facts: list[Entry]
    ) -> None:
        digestion, later = Digestion(), entry(case=self.CASE)
        follower = pair.follower(digestion)
        async with at_work(follower):
            await pair.until_followed()

            async def meanwhile(entries: Sequence[Entry]) -> None:
                if entries and entries[0].position == 5:
                    digestion.before = None
                    await append(pair.intake, later)
                    await pair.until_followed()

            digestion.poisonous, digestion.before = False, meanwhile
            with pytest.raises(VersionConflictError):
                await follower.retry(self.CASE)
            assert list(await pair.parked()) == [5, 7, 9, 11]
            assert await follower.retry(self.CASE) == 4
        await pair.effects_are_those_of([*(facts[n] for n in (0, 1, 2, 3, 5, 7, 9, 4, 6, 8)), later])

    async def test_that_the_upstream_no_longer_has_stays_parked(self, pair: Pair, facts: list[Entry]) -> None:
        follower = pair.follower(Digestion())
        async with at_work(follower):
            await pair.until_followed()
        async with as_admin(pair.dsn) as admin, admin.transaction():
            await admin.execute("alter table intake.event disable trigger user")
            await admin.execute("delete from intake.event where position = 7")
        with pytest.raises(HoleError):
            await follower.retry(self.CASE)
        assert list(await pair.parked()) == [5, 7, 9]
        assert facts


async def test_an_event_without_a_case_waits_alone(pair: Pair) -> None:
    await append(pair.intake, *some(2), poisoned := entry(state=POISON), *some(2))
    async with at_work(pair.follower(Digestion())):
        await pair.until_followed()
    assert await pair.parked() == {3: "Indigestible"}
    await pair.effects_are_those_of([each for each in await everything(pair.intake) if each.id != poisoned.id])


@pytest.mark.parametrize(
    "outage",
    [StoreUnavailableError(), ConnectionResetError(), TimeoutError(), asyncpg.TooManyConnectionsError("x"),
     asyncpg.InterfaceError("closed"), asyncpg.InternalClientError("state")],
    ids=lambda outage: type(outage).__name__,
)  # fmt: skip
async def test_an_outage_parks_nothing_and_is_waited_out(pair: Pair, outage: Exception) -> None:
    away = iter(range(12))  # for longer than it takes to halve a batch down to one event

    async def outages(_entries: Sequence[Entry]) -> None:
        if next(away, None) is not None:
            raise outage

    await append(pair.intake, *some(10))
    async with at_work(pair.follower(Digestion(before=outages))):
        await pair.until_followed()
    assert await pair.parked() == {}
    await pair.effects_are_those_of(await everything(pair.intake))


async def test_two_followers_of_one_service_at_once_have_no_effect_twice(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "BATCH", 5)
    async with opened(pair.dsn, pair.secrets, "referral") as log:
        two = pair.follower(Digestion(guarded=False)), pair.follower(Digestion(guarded=False), log)
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
    async with at_work(pair.follower(Digestion())):
        await pair.until_followed()
    async with as_admin(pair.dsn) as admin, admin.transaction():
        await admin.execute("alter table intake.event disable trigger user")
        await admin.execute(change)
    follower = pair.follower(Digestion())
    async with asyncio.timeout(10):
        await follower.run()
    assert follower.alarm == pair.referral.halted == UPSTREAM_CHANGED == "upstream_history_changed"


async def test_a_version_that_a_command_took_meanwhile_is_decided_again(pair: Pair) -> None:
    stream, rounds = uuid4(), count(1)

    async def digest(entries: Sequence[Entry]) -> Digested:
        history = (await versions(pair, stream))[-1:] or [0]
        if next(rounds) <= 3:
            await append(pair.referral, entry(stream, history[0] + 1, topic="referral.noted.v1"))
        return Digested(entries=[entry(stream, history[0] + n) for n in range(1, len(entries) + 1)])

    await append(pair.intake, *some(1))
    async with at_work(pair.follower(digest)):
        await pair.until_followed()
    assert await versions(pair, stream) == [1, 2, 3, 4]
    assert await pair.parked() == {}


async def test_an_event_whose_effect_conflicts_every_time_is_parked_and_the_others_go_on(pair: Pair) -> None:
    taken = entry(case=uuid4())
    await append(pair.intake, *some(3), taken, *some(3))
    await append(pair.referral, effect(taken))
    async with at_work(pair.follower(Digestion())):
        await pair.until_followed()
    assert await pair.parked() == {4: "VersionConflictError"}
    assert len(await everything(pair.referral)) == 7


async def versions(pair: Pair, stream: UUID) -> list[int]:
    return [each.originator_version for each in await everything(pair.referral) if each.stream == stream]


async def test_what_goes_with_a_batch_is_undone_with_it(pair: Pair) -> None:
    """A read model that fails leaves neither a position nor an effect."""

    async def digest(entries: Sequence[Entry]) -> Digested:
        async def within(connection: asyncpg.Connection) -> None:
            await connection.execute("select 1 / $1::integer", 0 if entries[0].position <= 3 else 1)

        return Digested(entries=[effect(each) for each in entries], within=within)

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

    async def note(_entries: Sequence[Entry]) -> None:
        tried.set()

    async with at_work(pair.follower(Digestion(before=note))):
        await asyncio.wait_for(tried.wait(), 10)
        assert await pair.referral.head() == 0
        pair.referral.halted = None
        await pair.until_followed()
    await pair.effects_are_those_of(await everything(pair.intake))
