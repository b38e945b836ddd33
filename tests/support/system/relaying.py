"""A log, a relay, and the stream that the relay makes of the log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.names import Names
from services.chassis.replication.cloudevents import entry_from_message
from services.chassis.replication.relay import Relay
from tests.support.system.system import eventually


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


def is_a_copy(copies: Sequence[Copy], log: Sequence[LogEntry]) -> None:
    """The same entries in the same order at the same places."""
    assert [copy.sequence for copy in copies] == [each.position for each in log] == list(range(1, len(log) + 1))
    for copy, original in zip(copies, log, strict=True):
        message = type("Message", (), {"headers": copy.headers, "data": copy.body})
        assert entry_from_message(message) == original
        assert copy.headers["Canaliza-Leaf"] == original.leaf_hash().hex()


class Sample(NamedTuple):
    """A log on shared servers, and a relay for it."""

    log: Log
    relay: Relay
    client: Client
    names: Names
