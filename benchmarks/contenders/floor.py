"""The floor: the same log, relay and follower with nothing in them. Opaque bytes, no domain, no models, no keys.

Group commit over asyncpg, ``publish`` pipelined with the expected last sequence, a pull consumer whose position
moves in the transaction of its effects. Gathering (``GroupCommit``) and pulling (``OrderedConsumer``) are the
program's own: nothing faster is known here.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import asyncpg
import nats
from nats.aio.client import Client
from nats.js.api import StreamConfig

from benchmarks.arrivals import offer
from benchmarks.cases import Shape, ids, peers_case
from benchmarks.contenders import Contender, floor_log
from benchmarks.contenders.floor_log import FloorLog
from benchmarks.contenders.payload import Fact, Stamps, decided, opened, raised
from benchmarks.ground import Ground, Place
from benchmarks.processes import Orders, obey
from services.chassis.messaging.consumer import OrderedConsumer
from services.chassis.names import UPSTREAMS

BATCH = 512
REACTION: dict[str, Callable[[bytes, list[Shape]], list[Fact]]] = {"referral": decided, "notifications": raised}
"""What leads to events. The other hops, audit's and those that bring the shelter its status, only move a position."""
GATHERING = 0.1
"""Seconds between the batches of those, as in the program."""


async def prepare(ground: Ground, place: Place) -> None:
    """Schemas and streams."""
    connection = await asyncpg.connect(place.dsn)
    try:
        for service in UPSTREAMS:
            await connection.execute(floor_log.schema(service))
    finally:
        await connection.close()
    async with ground.jetstream_administrator() as client:
        for service in UPSTREAMS["audit"]:
            name = stream_of(place.namespace, service)
            await client.jetstream().add_stream(StreamConfig(name=name, subjects=[f"{place.namespace}.{service}"]))


def stream_of(namespace: str, service: str) -> str:
    """The copy of a service's log."""
    return f"{namespace}_LOG_{service}"


FLOOR = Contender(
    name="floor",
    note="asyncpg group commit, pipelined publish, pull consumers with their position in the transaction; opaque bytes",
    module="benchmarks.contenders.floor",
    roles=("notifications", "referral", "audit", "intake"),
    last_record="select position from notifications.head",
    records="select stream, count(*) from notifications.event where position > $1 group by 1",
    prepare=prepare,
)


class OneService:
    """One of the four."""

    def __init__(self, name: str) -> None:
        """Nothing runs before ``start``."""
        self.name = name
        self.stamps = Stamps()
        self._shapes: list[Shape] = []
        self._namespace = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._client = Client()

    def orders(self) -> Orders:
        """The orders it takes."""
        return {
            "start": self.start, "offer": self.offer, "seen": self.stamps.count, "stamps": self.stamps.take,
            "stop": self.stop,
        }  # fmt: skip

    async def start(
        self, *, dsn: str, nats_url: str, nats_password: str, namespace: str, shapes: Sequence[Any], **_: Any
    ) -> None:
        """Connects, copies its log and follows the one before it."""
        self._shapes, self._namespace = [Shape.of(one) for one in shapes], namespace
        self._log = FloorLog(await asyncpg.connect(dsn, server_settings={"search_path": self.name}))
        self._reader = await asyncpg.connect(dsn, server_settings={"search_path": self.name})
        self._log.start()
        self._client = await nats.connect(nats_url, user="admin", password=nats_password)
        if self.name in UPSTREAMS["audit"]:
            self._tasks.append(asyncio.create_task(self._relay()))
        self._tasks += [asyncio.create_task(self._follow(upstream)) for upstream in UPSTREAMS[self.name]]

    async def stop(self) -> None:
        """Ends what runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._log.stop()
        await self._reader.close()
        await self._client.close()

    async def offer(self, *, rate: float, count: int, seed: int) -> list[tuple[int, int | None]]:
        """Submits in this process."""
        submitted = ids(seed, count)

        async def send(number: int) -> bool:
            fact = opened(peers_case(submitted[number]), number % len(self._shapes), self._shapes)
            await self._log.append(submitted[number], fact.stream, fact.version, fact.state())
            return True

        return [(one.scheduled, one.acknowledged) for one in await offer(rate, count, send)]

    async def _relay(self) -> None:
        jetstream, subject, copied = self._client.jetstream(), f"{self._namespace}.{self.name}", 0
        while True:
            self._log.appended.clear()
            query = "select position, state from event where position > $1 order by position limit $2"
            rows = await self._reader.fetch(query, copied, BATCH)
            if not rows:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.25):
                        await self._log.appended.wait()
                continue
            await asyncio.gather(
                *(
                    jetstream.publish(
                        subject, row["state"], headers={"Nats-Expected-Last-Sequence": str(row["position"] - 1)}
                    )
                    for row in rows
                )
            )
            copied = rows[-1]["position"]

    async def _follow(self, upstream: str) -> None:
        position, react = 0, REACTION.get(self.name)
        tail = OrderedConsumer(
            self._client,
            stream=stream_of(self._namespace, upstream),
            consumer=f"floor_{uuid4().hex}",
            inbox="_INBOX_floor",
            after=position,
        )
        async with tail:
            while True:
                messages = await tail.batch(BATCH)
                facts = [fact for message in messages for fact in react(message.data, self._shapes)] if react else []
                await self._log.react(upstream, position, position + len(messages), facts)
                position += len(messages)
                self._stamp(facts)
                if react is None:
                    await asyncio.sleep(GATHERING)

    def _stamp(self, facts: list[Fact]) -> None:
        if self.name == "notifications":
            now = time.monotonic_ns()
            for fact in facts:
                self.stamps.put(fact.case, now)


if __name__ == "__main__":
    obey(lambda name: OneService(name).orders())
