"""The stream is a copy of the log in which sequence = position, whatever happened to NATS or to PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from services.chassis import relay as relays
from services.chassis.entry import Entry
from services.chassis.errors import LogHaltedError
from services.chassis.log import Log
from services.chassis.messages import entry_from_message
from services.chassis.names import Names
from services.chassis.relay import DIVERGED, Relay
from services.chassis.secrets import Secrets
from services.local import NatsServer
from services.system import Ground
from tests.harness.logs import append, as_admin, entry, everything, opened, signed_in, some
from tests.harness.system import eventually


class Copy(NamedTuple):
    """A message of a stream."""

    sequence: int
    subject: str
    headers: dict[str, str]
    body: bytes


async def copied(client: Client, names: Names, service: str = "intake") -> list[Copy]:
    """A service's whole stream."""
    stream, jetstream = names.stream(service), client.jetstream()
    try:
        last = (await jetstream.stream_info(stream)).state.last_seq
    except NotFoundError:
        return []
    messages = [await jetstream.get_msg(stream, seq=sequence) for sequence in range(1, last + 1)]
    return [
        Copy(message.seq or 0, message.subject or "", dict(message.headers or {}), message.data or b"")
        for message in messages
    ]


async def until_copied(relay: Relay, position: int) -> None:
    async def there() -> bool:
        return relay.copied == position

    await eventually(there)


@asynccontextmanager
async def at_work(*running: Relay) -> AsyncIterator[None]:
    """Relays that run for as long as the context lasts."""
    tasks = [asyncio.create_task(relay.run()) for relay in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert [end for end in ends if end is not None and not isinstance(end, asyncio.CancelledError)] == []


def is_a_copy(copies: Sequence[Copy], log: Sequence[Entry]) -> None:
    """The same entries in the same order at the same places."""
    assert [copy.sequence for copy in copies] == [each.position for each in log] == list(range(1, len(log) + 1))
    for copy, original in zip(copies, log, strict=True):
        message = type("Message", (), {"headers": copy.headers, "data": copy.body})
        assert entry_from_message(message, copy.sequence) == original
        assert copy.headers["Canaliza-Leaf"] == original.leaf().hex()


class Sample(NamedTuple):
    """A log on shared servers, and a relay for it."""

    log: Log
    relay: Relay
    client: Client
    names: Names


@pytest.fixture
async def sample(ground: Ground) -> AsyncIterator[Sample]:
    settings, secrets = ground.settings, ground.secrets
    assert settings.postgres_dsn is not None
    assert settings.nats_url is not None
    async with (
        opened(settings.postgres_dsn.get_secret_value(), secrets) as log,
        signed_in(settings.nats_url, secrets, settings.names, "intake") as client,
    ):
        yield Sample(log, Relay(log, client, settings.names, "intake"), client, settings.names)


async def test_a_message_stands_at_its_position_and_says_what_the_entry_says(sample: Sample) -> None:
    case, stream = uuid4(), uuid4()
    await append(sample.log, entry(stream, case=case, state=b'{"a":1}'), entry(stream, 2, topic="intake.closed.v3"))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 2)
        first, second = await copied(sample.client, sample.names)
    log = await everything(sample.log)
    is_a_copy([first, second], log)
    assert (first.sequence, first.body) == (1, b'{"a":1}')
    assert first.subject == f"{sample.names.namespace}.intake.noted"
    assert second.subject == f"{sample.names.namespace}.intake.closed"
    assert first.headers == {
        "Nats-Expected-Last-Sequence": "0",
        "Canaliza-Leaf": log[0].leaf().hex(),
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(log[0].id),
        "ce-source": "urn:canaliza:intake",
        "ce-type": "canaliza.intake.noted.v1",
        "ce-time": "2013-06-12T15:32:00Z",
        "ce-stream": str(stream),
        "ce-streamversion": "1",
        "ce-sequence": "1",
        "ce-case": str(case),
    }
    assert "ce-case" not in second.headers


async def test_no_id_stands_in_a_subject(sample: Sample) -> None:
    case = uuid4()
    await append(sample.log, entry(case=case), entry(case=case, topic="intake.case_opened.v2"))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 2)
        subjects = {copy.subject for copy in await copied(sample.client, sample.names)}
    assert subjects == {sample.names.subject(name) for name in ("intake.noted", "intake.case_opened")}


async def test_what_is_appended_while_it_runs_is_copied(sample: Sample) -> None:
    async with at_work(sample.relay):
        for number in range(1, 21):
            await append(sample.log, entry())
            await until_copied(sample.relay, number)
        is_a_copy(await copied(sample.client, sample.names), await everything(sample.log))


async def test_three_relays_at_once_copy_everything_once_and_in_order(ground: Ground, sample: Sample) -> None:
    settings, secrets = ground.settings, ground.secrets
    assert settings.postgres_dsn is not None
    assert settings.nats_url is not None
    async with AsyncExitStack() as stack:
        three = []
        for _ in range(3):
            log = await stack.enter_async_context(opened(settings.postgres_dsn.get_secret_value(), secrets))
            client = await stack.enter_async_context(signed_in(settings.nats_url, secrets, settings.names, "intake"))
            three.append(Relay(log, client, settings.names, "intake"))
        async with at_work(*three):
            for _ in range(20):
                await append(sample.log, *some(150))
            for relay in three:
                await until_copied(relay, 3000)
        is_a_copy(await copied(sample.client, sample.names), await everything(sample.log))
        assert not any(relay._log.halted for relay in three)


async def test_a_relay_started_anew_goes_on_where_the_stream_ends(sample: Sample) -> None:
    await append(sample.log, *some(10))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 10)
    before = await copied(sample.client, sample.names)
    await append(sample.log, *some(5))
    again = Relay(sample.log, sample.client, sample.names, "intake")
    async with at_work(again):
        await until_copied(again, 15)
    after = await copied(sample.client, sample.names)
    assert after[:10] == before
    is_a_copy(after, await everything(sample.log))


async def test_a_fault_nobody_foresaw_does_not_end_the_relay(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    faults, read = [KeyError("x"), RuntimeError("x")], sample.log.entries

    async def fails_twice(*, after: int, most: int) -> list[Entry]:
        if faults:
            raise faults.pop()
        return await read(after=after, most=most)

    monkeypatch.setattr(relays, "BACK_OFF", 0.01)
    monkeypatch.setattr(sample.log, "entries", fails_twice)
    await append(sample.log, *some(3))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 3)


class TestWhenNats:
    @pytest.fixture
    async def server(self, tmp_path: Path, secrets: Secrets) -> AsyncIterator[NatsServer]:
        server = NatsServer(tmp_path / "data", secrets)
        await server.start()
        yield server
        await server.stop()

    @pytest.fixture
    async def own(self, server: NatsServer, database: str, secrets: Secrets) -> AsyncIterator[Sample]:
        """As ``sample``, on a NATS of its own."""
        names = Names()
        async with opened(database, secrets) as log, signed_in(server.url, secrets, names, "intake") as client:
            yield Sample(log, Relay(log, client, names, "intake", timeout=1), client, names)

    async def test_lost_everything_the_stream_is_filled_again_identically(
        self, own: Sample, server: NatsServer
    ) -> None:
        await append(own.log, *some(700, case=uuid4()))
        async with at_work(own.relay):
            await until_copied(own.relay, 700)
            before = await copied(own.client, own.names)
            await server.stop()
            shutil.rmtree(server.storage)
            await server.start()

            async def refilled() -> bool:
                return await copied(own.client, own.names) == before

            await eventually(refilled, within=20)
        is_a_copy(before, await everything(own.log))

    async def test_lost_the_end_of_the_stream_it_is_filled_again(self, own: Sample, server: NatsServer) -> None:
        await append(own.log, *some(50))
        async with at_work(own.relay):
            await until_copied(own.relay, 50)
            await server.stop()
            shutil.copytree(server.storage, server.folder / "earlier")
            await server.start()
            await append(own.log, *some(50))
            await until_copied(own.relay, 100)
            before = await copied(own.client, own.names)
            await server.stop()
            shutil.rmtree(server.storage)
            (server.folder / "earlier").rename(server.storage)
            await server.start()
            assert len(await copied(own.client, own.names)) < 100 or own.relay.copied == 100

            async def refilled() -> bool:
                return await copied(own.client, own.names) == before

            await eventually(refilled, within=20)
        assert own.log.halted is None

    async def test_is_away_the_log_goes_on_and_is_copied_in_order_afterwards(
        self, own: Sample, server: NatsServer
    ) -> None:
        async with at_work(own.relay):
            await append(own.log, *some(10))
            await until_copied(own.relay, 10)
            await server.stop()
            for _ in range(30):
                await append(own.log, *some(10))

            async def noticed() -> bool:
                return not own.relay.connected

            await eventually(noticed)
            await server.start()
            await until_copied(own.relay, 310)
            is_a_copy(await copied(own.client, own.names), await everything(own.log))

    async def test_is_killed_again_and_again_nothing_is_lost_or_copied_twice(
        self, own: Sample, server: NatsServer
    ) -> None:
        async with at_work(own.relay):
            for round_ in range(1, 4):
                await append(own.log, *some(2000))

                async def some_are_copied(least: int = (round_ - 1) * 2000) -> bool:
                    return own.relay.copied > least

                await eventually(some_are_copied)
                await server.stop()
                await server.start()
            await until_copied(own.relay, 6000)
        is_a_copy(await copied(own.client, own.names), await everything(own.log))


class TestWhenPostgresqlWasRestoredFromAnOlderBackup:
    """An older clone of the database stands in for it."""

    @pytest.fixture
    async def restored(self, database: str, sample: Sample) -> AsyncIterator[str]:
        """The DSN of the older copy; the stream holds five entries more than it has."""
        await append(sample.log, *some(5))
        await sample.log.stop()
        await sample.log._database.close()
        name = f"t_{uuid4().hex[:12]}"
        own = database.rpartition("/")[2].partition("?")[0]
        admin = await asyncpg.connect(database, database="postgres")
        try:
            await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", own)
            await admin.execute(f"create database {name} template {own} strategy file_copy")
            sample.log.start()
            await append(sample.log, *some(5))
            async with at_work(sample.relay):
                await until_copied(sample.relay, 10)
            yield database.replace(f"/{own}?", f"/{name}?")
            await admin.execute(f"drop database {name} with (force)")
        finally:
            await admin.close()

    @pytest.mark.parametrize("appended_since", [0, 3, 5, 20], ids=["nothing", "less", "as much", "more"])
    async def test_and_since_written_to_the_log_is_halted(
        self, sample: Sample, restored: str, secrets: Secrets, appended_since: int
    ) -> None:
        before = await copied(sample.client, sample.names)
        async with opened(restored, secrets) as log:
            for _ in range(appended_since):
                await append(log, entry())
            relay = Relay(log, sample.client, sample.names, "intake")
            async with asyncio.timeout(10):
                await relay.run()
            assert log.halted == DIVERGED == "log_diverged_from_stream"
            with pytest.raises(LogHaltedError):
                await append(log, entry())
        assert await copied(sample.client, sample.names) == before

    async def test_the_log_it_was_before_goes_on(self, sample: Sample, restored: str) -> None:
        assert restored
        await append(sample.log, entry())
        async with at_work(sample.relay):
            await until_copied(sample.relay, 11)
        assert sample.log.halted is None


async def test_a_log_rewritten_behind_an_idle_relay_is_halted_before_anything_more_is_copied(
    sample: Sample, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "CHECK", 0.1)
    await append(sample.log, *some(5))
    async with at_work(sample.relay):
        await until_copied(sample.relay, 5)
        async with as_admin(database) as admin, admin.transaction():
            await admin.execute("alter table intake.event disable trigger user")
            await admin.execute("update intake.event set state = '{}' where position = 5")

        async def halted() -> bool:
            return sample.log.halted == DIVERGED

        await eventually(halted)


async def test_a_stream_somebody_else_wrote_to_halts_the_log(ground: Ground, sample: Sample) -> None:
    settings = ground.settings
    assert settings.nats_url is not None
    await append(sample.log, *some(3))
    async with signed_in(settings.nats_url, ground.secrets, settings.names, "admin") as admin:
        await admin.jetstream().publish(settings.names.subject("intake.noted"), b"forged")
    async with asyncio.timeout(10):
        await sample.relay.run()
    assert sample.log.halted == DIVERGED
