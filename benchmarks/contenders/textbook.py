"""The textbook: FastStream over JetStream, a transactional outbox that a poller publishes, an inbox of message ids.

Four processes. The ack policy is explicit (the default would lose messages), eight handlers run at once, the
poller publishes a batch together and looks every ten milliseconds.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid5

import asyncpg
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage
from nats.js.api import DeliverPolicy, StreamConfig

from benchmarks.arrivals import offer
from benchmarks.cases import Shape, ids, peers_case
from benchmarks.contenders import Contender
from benchmarks.contenders.payload import Fact, Stamps, decided, opened, raised
from benchmarks.ground import Ground, Place
from benchmarks.processes import Orders, obey
from services.chassis.names import UPSTREAMS

POLL = 0.01
BATCH = 200
CONNECTIONS = 8
PUBLISHING = UPSTREAMS["audit"]
REACTION: dict[str, Callable[[bytes, list[Shape]], list[Fact]]] = {"referral": decided, "notifications": raised}
"""What leads to records. The other hops, audit's and those that bring the shelter its status, end in the inbox."""

SCHEMA = """
create schema {s};
create table {s}.record (number bigserial primary key, stream uuid not null, version integer not null,
  state bytea not null);
create table {s}.outbox (number bigserial primary key, message uuid not null, state bytea not null,
  published_at timestamptz);
create index on {s}.outbox (number) where published_at is null;
create table {s}.inbox (message uuid primary key);
"""
RECORD = "insert into record (stream, version, state) values ($1, $2, $3)"
OUTBOX = "insert into outbox (message, state) values ($1, $2)"
INBOX = "insert into inbox values ($1) on conflict do nothing returning message"
DUE = """select number, message, state from outbox where published_at is null
order by number limit $1 for update skip locked"""


async def prepare(ground: Ground, place: Place) -> None:
    """Tables and streams."""
    connection = await asyncpg.connect(place.dsn)
    try:
        for service in UPSTREAMS:
            await connection.execute(SCHEMA.replace("{s}", service))
    finally:
        await connection.close()
    async with ground.jetstream_administrator() as client:
        for service in PUBLISHING:
            name, subject = addresses(place.namespace, service)
            await client.jetstream().add_stream(StreamConfig(name=name, subjects=[subject]))


def addresses(namespace: str, service: str) -> tuple[str, str]:
    """A service's stream and the subject that it publishes to."""
    return f"{namespace}_BOX_{service}", f"{namespace}.box.{service}"


TEXTBOOK = Contender(
    name="textbook",
    note="FastStream, outbox table with a poller (10 ms), inbox table, nack on error, 8 handlers at once",
    module="benchmarks.contenders.textbook",
    roles=("notifications", "referral", "audit", "intake"),
    last_record="select coalesce(max(number), 0) from notifications.record",
    records="select stream, count(*) from notifications.record where number > $1 group by 1",
    prepare=prepare,
)


class OneService:
    """One of the four."""

    def __init__(self, name: str) -> None:
        """Nothing runs before ``start``."""
        self.name = name
        self.stamps = Stamps()
        self._poller: asyncio.Task[None] | None = None

    def orders(self) -> Orders:
        """The orders it takes."""
        return {
            "start": self.start, "offer": self.offer, "seen": self.stamps.count, "stamps": self.stamps.take,
            "stop": self.stop,
        }  # fmt: skip

    async def start(
        self, *, dsn: str, nats_url: str, nats_password: str, namespace: str, shapes: Sequence[Any], **_: Any
    ) -> None:
        """Connects, polls its outbox and handles what the service before it published."""
        self._shapes = [Shape.of(one) for one in shapes]
        self._pool = await asyncpg.create_pool(
            dsn, min_size=CONNECTIONS, max_size=CONNECTIONS, server_settings={"search_path": self.name}
        )
        url = nats_url.replace("nats://", f"nats://admin:{nats_password}@")
        self._broker = NatsBroker(url, logger=None, ack_policy=AckPolicy.NACK_ON_ERROR)
        self._stream, self._subject = addresses(namespace, self.name)
        for upstream in UPSTREAMS[self.name]:
            stream, subject = addresses(namespace, upstream)
            self._broker.subscriber(
                subject,
                stream=JStream(stream, subjects=[subject], declare=False),
                durable=f"{self.name}-{upstream}",
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.NACK_ON_ERROR,
                max_workers=CONNECTIONS,
                decoder=_as_it_came,
            )(self._handle)
        await self._broker.start()
        if self.name in PUBLISHING:
            self._poller = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        """Ends what runs."""
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
        await self._broker.stop()
        self._pool.terminate()

    async def offer(self, *, rate: float, count: int, seed: int) -> list[tuple[int, int | None]]:
        """Submits in this process: the record and the message in one transaction."""
        submitted = ids(seed, count)

        async def send(number: int) -> bool:
            fact = opened(peers_case(submitted[number]), number % len(self._shapes), self._shapes)
            async with self._pool.acquire() as connection, connection.transaction():
                await self._store(connection, [fact])
            return True

        return [(one.scheduled, one.acknowledged) for one in await offer(rate, count, send)]

    async def _store(self, connection: Any, facts: Sequence[Fact]) -> None:
        rows = [(fact, fact.state()) for fact in facts]
        await connection.executemany(RECORD, [(fact.stream, fact.version, state) for fact, state in rows])
        if self.name in PUBLISHING:
            messages = [(uuid5(fact.stream, str(fact.version)), state) for fact, state in rows]
            await connection.executemany(OUTBOX, messages)

    async def _handle(self, body: bytes, message: NatsMessage) -> None:
        react = REACTION.get(self.name)
        facts = react(body, self._shapes) if react else []
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(INBOX, UUID(message.headers["message"])):
                return
            await self._store(connection, facts)
        if self.name == "notifications":
            now = time.monotonic_ns()
            for fact in facts:
                self.stamps.put(fact.case, now)

    async def _poll(self) -> None:
        while True:
            async with self._pool.acquire() as connection, connection.transaction():
                rows = await connection.fetch(DUE, BATCH)
                await asyncio.gather(*(self._publish(row) for row in rows))
                published = [row["number"] for row in rows]
                if published:
                    query = "update outbox set published_at = now() where number = any($1::bigint[])"
                    await connection.execute(query, published)
            if len(rows) < BATCH:
                await asyncio.sleep(POLL)

    async def _publish(self, row: Any) -> None:
        headers = {"message": str(row["message"])}
        await self._broker.publish(row["state"], self._subject, headers=headers, stream=self._stream)


async def _as_it_came(message: NatsMessage) -> bytes:
    return bytes(message.body)


if __name__ == "__main__":
    obey(lambda name: OneService(name).orders())
