"""Control: the log is followed by a FastStream subscriber as it comes, which rejects for ever what failed once."""

import asyncio
from typing import Any
from unittest.mock import patch

from faststream.nats import NatsBroker, NatsMessage

from services.chassis import service as composition
from services.chassis.follower import Follower
from services.chassis.log import Append, Progress
from services.chassis.messages import entry_from_message, sequence_of
from services.chassis.secrets import Secrets
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
        entry = entry_from_message(message, sequence_of(message))
        digested = await self._digest([entry])
        progress = Progress(
            upstream=self.upstream, after=None, position=entry.position, event=entry.id, leaf=entry.leaf()
        )
        await self._log.append(Append(entries=digested.entries, progress=progress, within=digested.within))
        self.position = entry.position


def break_it(service: str) -> None:
    """The notification service alone."""
    if service == "notifications":
        patch.object(composition, "Follower", FastStreamFollower).start()
