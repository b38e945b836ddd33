"""Whatever NATS lost, and whenever it was away, the stream becomes a copy of the log again."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import nats
import pytest

from services.chassis.names import Names
from services.chassis.replication.relay import Relay
from services.chassis.secrets.installation import Secrets
from services.local import NatsServer
from tests.support.system.logs import append, everything, opened, outlet_of, signed_in, some
from tests.support.system.relaying import Sample, at_work, copied, is_a_copy, until_copied
from tests.support.system.system import eventually


async def limited(server: NatsServer, secrets: Secrets, names: Names, *, most: int) -> None:
    """The administrator lets the stream of intake have so many bytes; -1: any number."""
    client = await nats.connect(server.url, user="admin", password=secrets.nats_admin)
    try:
        jetstream = client.jetstream()
        config = (await jetstream.stream_info(names.stream("intake"))).config
        await jetstream.update_stream(config.evolve(max_bytes=most))
    finally:
        await client.close()


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
            yield Sample(log, Relay(log, client, "intake", outlet_of(secrets, names), timeout=1), client, names)

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

            await eventually(refilled)
        is_a_copy(before, await everything(own.log))

    async def test_has_no_room_that_is_said_and_what_was_left_out_follows_once_there_is(
        self, own: Sample, server: NatsServer, secrets: Secrets
    ) -> None:
        await append(own.log, *some(5))
        async with at_work(own.relay):
            await until_copied(own.relay, 5)
            assert not own.relay.full
            await limited(server, secrets, own.names, most=1)
            await append(own.log, *some(5))

            async def said() -> bool:
                return own.relay.full

            await eventually(said)
            await limited(server, secrets, own.names, most=-1)
            await until_copied(own.relay, 10)
            assert not own.relay.full
        is_a_copy(await copied(own.client, own.names), await everything(own.log))

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

            await eventually(refilled)
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
