"""Reads copies of entries in the JetStream streams of the logs: what each log said when it was recorded."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from events.contract import UnreadableEventError
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.messaging.consumer import ConsumerLostError, OrderedConsumer
from services.chassis.names import Names
from services.chassis.replication.cloudevents import entry_from_message

QUIET = 2.0
"""Seconds without a message after which a stream counts as ended."""
BATCH = 500
MAX_LOOKED, OF_ITS_OWN = 500, 16
"""Messages that one copy is looked for in: foreign ones push it back."""
LOOK = 1.0
"""Seconds between two looks whether the service stops."""


class StreamUnreadableError(Exception):
    """The stream cannot be asked now."""


class StreamCopies:
    """The streams that audit follows. Nothing in them is believed without a hash that is known from elsewhere."""

    def __init__(self, names: Names, service: str) -> None:
        """``service`` is the NATS user, which may make consumers on these streams and nothing else."""
        self._names = names
        self._service = service
        self._client: Client | None = None

    async def run(self, client: Client) -> None:
        """Lends the service's connection as long as it lasts."""
        self._client = client
        try:
            while True:
                raise_if_cancelled()
                await asyncio.sleep(LOOK)
        finally:
            self._client = None

    async def entries(self, log: str, first: int, last: int, *, whole: bool = False) -> AsyncIterator[LogEntry]:
        """What the messages say that they are copies of, from position ``first`` to ``last``; ``whole``: with contents.

        A position is never beyond its sequence, so that reading begins at sequence ``first``. Foreign messages are
        passed over as far as they say nothing; what they say is nobody's word.

        Raises:
            StreamUnreadableError: NATS is not connected, or the consumer was lost.
        """
        if self._client is None or not self._client.is_connected:
            raise StreamUnreadableError
        try:
            async for message in self._messages(self._client, log, first, whole=whole):
                entry = _copy_of(message)
                if entry is None:
                    continue
                if first <= entry.position <= last:
                    yield entry
                if entry.position >= last:
                    return
        except (NatsError, APIError, OSError, ConsumerLostError) as error:
            raise StreamUnreadableError from error

    async def one(self, log: str, position: int, leaf_hash: bytes) -> LogEntry | None:
        """The copy of a position with this leaf hash; ``None``: the stream has none.

        Raises:
            StreamUnreadableError: NATS is not connected, or the consumer was lost.
        """
        if self._client is None or not self._client.is_connected:
            raise StreamUnreadableError
        looked = 0
        try:
            async for message in self._near(self._client, log, position):
                entry = _copy_of(message)
                if entry is not None and entry.leaf_hash() == leaf_hash:
                    return entry
                looked += 1
                if looked >= MAX_LOOKED:
                    return None
        except (NatsError, APIError, OSError, ConsumerLostError) as error:
            raise StreamUnreadableError from error
        return None

    async def _near(self, client: Client, log: str, position: int) -> AsyncIterator[Any]:
        """The messages from a position on: of its own stream audit may ask, of the others it makes a consumer."""
        if log != self._service:
            async for message in self._messages(client, log, position, whole=True):
                yield message
            return
        for sequence in range(position, position + OF_ITS_OWN):
            try:
                yield await client.jetstream().get_msg(self._names.stream(log), seq=sequence)
            except NotFoundError:
                continue

    async def _messages(self, client: Client, log: str, first: int, *, whole: bool) -> AsyncIterator[Any]:
        tail = OrderedConsumer(
            client,
            stream=self._names.stream(log),
            consumer=f"{self._names.user(self._service)}_{uuid4().hex}",
            inbox=self._names.inbox(self._service),
            after=first - 1,
            headers_only=not whole,
        )
        async with tail:
            while True:
                raise_if_cancelled()
                try:
                    async with asyncio.timeout(QUIET):
                        batch = await tail.batch(BATCH)
                except TimeoutError:
                    return  # the stream ends here
                for message in batch:
                    yield message


def _copy_of(message: Any) -> LogEntry | None:
    """What a message says that it is a copy of; ``None``: it says nothing."""
    try:
        return entry_from_message(message)
    except UnreadableEventError:
        return None
