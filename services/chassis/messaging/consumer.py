"""The messages of a stream from a position on, in order, as they arrive.

A push consumer without acknowledgements, over nats-py's public calls: the server's flow control bounds what waits here,
and its heartbeats distinguish a quiet stream from a lost consumer. A delivery that is missing is a lost consumer, too.

Not a pull consumer: the server answers a pull request at whichever subject it names, also with an empty message when
there is nothing to deliver, and an empty message on ``$JS.API.STREAM.DELETE.…`` deletes a stream. To what it pushes
somebody must have subscribed, which NATS does permit or deny (ADR 0033).
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.chassis.messaging.delivery import DELIVERY, delivery_of
from services.chassis.messaging.flushing import flush

STALLED = "Nats-Consumer-Stalled"
LAST_DELIVERY = "Nats-Last-Consumer"
"""Headers of a heartbeat: the subject of a flow control that waits for an answer, and the deliveries so far."""
HEARTBEAT = 1.0
"""Seconds between the server's heartbeats while there is no message."""
MAX_WAITING = 4000
"""Messages that may wait in memory before the server is told to go on; then it pauses."""


class ConsumerLostError(Exception):
    """A delivery is missing, or no message and no heartbeat came: a new consumer is needed."""


class OrderedConsumer:
    """An async context that yields batches of messages after ``after``."""

    def __init__(
        self, client: Client, *, stream: str, consumer: str, inbox: str, after: int, headers_only: bool = False
    ) -> None:
        """``inbox`` is the prefix that this user may subscribe to; ``consumer`` is a new name.

        ``headers_only``: the server leaves the bodies out.
        """
        self._client = client
        self._stream = stream
        self._consumer = consumer
        self._inbox = f"{inbox}.{consumer}"
        self._after = after
        self._headers_only = headers_only
        self._arrived: deque[Msg] = deque()
        self._delivered = 0
        """Deliveries of the consumer so far, as the server counts them."""
        self._go_on: str | None = None
        """The subject on which the server waits to hear that it may send more."""
        self._lost = False
        self._signal = asyncio.Event()
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        """Subscribes to the inbox and creates the consumer."""
        self._subscription = await self._client.subscribe(self._inbox, cb=self._take)
        await flush(self._client)
        config = ConsumerConfig(
            name=self._consumer,
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._after + 1,
            headers_only=self._headers_only,
            deliver_subject=self._inbox,
            flow_control=True,
            idle_heartbeat=HEARTBEAT,
            inactive_threshold=60,
            mem_storage=True,
            num_replicas=1,
        )
        await self._client.jetstream().add_consumer(self._stream, config)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unsubscribes. The server deletes the consumer after its inactive threshold."""
        if self._subscription is not None and self._client.is_connected:
            await self._subscription.unsubscribe()

    async def batch(self, limit: int) -> list[Msg]:
        """Waits for messages and returns those that have arrived, at most ``limit``.

        Raises:
            ConsumerLostError: the consumer is gone, or neither a message nor a heartbeat came for three heartbeats.
        """
        while not self._arrived:
            if self._lost:
                raise ConsumerLostError
            await self._let_go_on()
            self._signal.clear()
            try:
                async with asyncio.timeout(3 * HEARTBEAT):  # wait_for may swallow a cancellation
                    await self._signal.wait()
            except TimeoutError:
                raise ConsumerLostError from None
        batch = [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]
        await self._let_go_on()  # the next messages travel while these are handled
        return batch

    async def _let_go_on(self) -> None:
        if self._go_on is not None and len(self._arrived) < MAX_WAITING:
            subject, self._go_on = self._go_on, None
            await self._client.publish(subject)

    async def _take(self, message: Msg) -> None:
        headers = message.headers or {}
        if message.reply.startswith(DELIVERY):  # not by its headers: who wrote a message chooses them
            self._delivered += 1
            self._lost = self._lost or delivery_of(message) != self._delivered
            if not self._lost:  # what follows a missing message would be out of order
                self._arrived.append(message)
        elif message.reply:
            self._go_on = message.reply
            await self._let_go_on()
        else:
            self._go_on = headers.get(STALLED, self._go_on)
            self._lost = self._lost or int(headers.get(LAST_DELIVERY, self._delivered)) != self._delivered
        self._signal.set()
