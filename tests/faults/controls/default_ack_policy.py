"""Control: the log is followed by a FastStream subscriber as it comes, which rejects for ever what failed once."""

import asyncio
from typing import Any
from unittest.mock import patch

from faststream.nats import NatsBroker, NatsMessage

from services.chassis.eventlog.append import Append, Progress
from services.chassis.replication.cloudevents import entry_from_message
from services.chassis.replication.follower import Follower
from services.chassis.runtime import service as service_module
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings


async def as_it_came(message: NatsMessage) -> bytes:
    return bytes(message.body)


class FastStreamFollower(Follower):
    """In the follower's place. It signs in as the administrator: no service may acknowledge anything."""

    async def run(self) -> None:
        settings = Settings()
        password = Secrets.load(settings.data).nats["admin"]
        url = str(settings.nats_url).replace("nats://", f"nats://admin:{password}@")
        broker = NatsBroker(url, decoder=as_it_came, logger=None, max_reconnect_attempts=-1)

        @broker.subscriber(self._names.subjects(self.upstream), stream=self._names.stream(self.upstream), durable="c")
        async def handle(_body: bytes, message: NatsMessage) -> None:
            await self._take(message.raw_message)

        async with broker:
            await broker.start()
            self.following = True
            await asyncio.Event().wait()

    async def _take(self, message: Any) -> None:
        entry = entry_from_message(message)
        handled = await self._handler([entry])
        progress = Progress(
            upstream=self.upstream, after=None, position=entry.position, event=entry.id, leaf_hash=entry.leaf_hash()
        )
        await self._log.append(
            Append(entries=handled.entries, progress=progress, in_transaction=handled.in_transaction)
        )
        self.position = entry.position


def break_it(service: str) -> None:
    """The notification service alone."""
    if service == "notifications":
        patch.object(service_module, "Follower", FastStreamFollower).start()
