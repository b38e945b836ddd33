"""The messages of a stream from a position on, in order, as they come.

A pull consumer without acknowledgements, over nats-py's public calls. The library's ``fetch`` asks anew for
each batch and waits for its end; here one request stands open, whatever has arrived is taken at once, and
the server's heartbeats tell a quiet stream from a lost one (ADR 0004 has the figures).
"""

import asyncio
import json
from collections import deque
from types import TracebackType
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

HEARTBEAT = 1.0
EXPIRES = 30.0
MOST = 1000
"""Messages a pull request asks for: the most that wait in memory."""


class TailLostError(Exception):
    """No message and no heartbeat: the consumer or the connection is gone. Open another."""


class Tail:
    """An async context that yields batches of messages after ``after``."""

    def __init__(self, client: Client, *, stream: str, consumer: str, inbox: str, after: int) -> None:
        """``inbox`` is the prefix that this user may subscribe to; ``consumer`` a name not used before."""
        self._client = client
        self._stream = stream
        self._consumer = consumer
        self._inbox = f"{inbox}.{consumer}"
        self._after = after
        self._arrived: deque[Msg] = deque()
        self._outstanding = 0
        self._lost = False
        self._signal = asyncio.Event()
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        """Makes the consumer and opens the first request."""
        config = ConsumerConfig(
            name=self._consumer,
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._after + 1,
            inactive_threshold=60,
            mem_storage=True,
            num_replicas=1,
        )
        await self._client.jetstream().add_consumer(self._stream, config)
        self._subscription = await self._client.subscribe(self._inbox, cb=self._take)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops listening. The server forgets the consumer by itself."""
        if self._subscription is not None and self._client.is_connected:
            await self._subscription.unsubscribe()

    async def batch(self, most: int) -> list[Msg]:
        """Waits for messages and returns those that are there, at most ``most``.

        Raises:
            TailLostError: the consumer is gone, or neither a message nor a heartbeat came for three heartbeats.
        """
        while not self._arrived:
            if self._lost:
                raise TailLostError
            if self._outstanding <= 0:
                await self._ask()
            self._signal.clear()
            try:
                async with asyncio.timeout(3 * HEARTBEAT):  # wait_for may swallow a cancellation
                    await self._signal.wait()
            except TimeoutError:
                raise TailLostError from None
        if self._outstanding <= 0 and not self._lost:
            await self._ask()  # the next messages travel while these are handled
        return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    async def _ask(self) -> None:
        request = {"batch": MOST, "expires": int(EXPIRES * 1e9), "idle_heartbeat": int(HEARTBEAT * 1e9)}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}"
        self._outstanding = MOST
        await self._client.publish(subject, json.dumps(request).encode(), reply=self._inbox)

    async def _take(self, message: Msg) -> None:
        status = (message.headers or {}).get("Status")
        if status is None:
            self._outstanding -= 1
            self._arrived.append(message)
        elif status == "408":  # the request has expired: ask again
            self._outstanding = 0
        elif status != "100":  # the consumer is gone: to ask again would be answered at once, for ever
            self._lost = True
        self._signal.set()
