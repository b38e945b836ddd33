"""Follows the hub's copy of one shelter's stream.

At least once: the position is kept in intake's own tracking after what it covers was taken in, and a submission
taken in again is the same submission. The stream can be rebuilt at any time from the leaf's; if it no longer
holds what was seen last, it is read again from its beginning.
"""

import asyncio
import hashlib
from uuid import uuid4

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import StreamInfo
from nats.js.errors import APIError, NotFoundError

from services.chassis.database import is_outage
from services.chassis.errors import LogHaltedError, StaleProgressError, StoreUnavailableError
from services.chassis.log import Append, Log, Progress
from services.chassis.messages import sequence_of
from services.chassis.names import Names
from services.chassis.streams import ensure_sourced
from services.chassis.tail import Tail, TailLostError
from services.intake.sealed import SealedSubmissions

logger = structlog.get_logger(__name__)

BATCH = 50
BACK_OFF = 0.5


class ShelterStream:
    """One shelter's sealed submissions, in the order in which they were sent."""

    def __init__(self, *, shelter: str, names: Names, replicas: int, log: Log, submissions: SealedSubmissions) -> None:
        """The hub's stream is made with so many copies where it is missing."""
        self.shelter = shelter
        self._names = names
        self._replicas = replicas
        self._log = log
        self._submissions = submissions
        self._upstream = f"shelter:{shelter}"
        self._tracked = 0

    async def run(self, client: Client) -> None:
        """Follows for ever; an outage of either server is waited out."""
        while True:
            try:
                await self._follow(client)
            except (NatsError, APIError, OSError, TimeoutError, TailLostError) as error:
                logger.warning("shelter_stream_interrupted", shelter=self.shelter, error=type(error).__name__)
            except (StaleProgressError, LogHaltedError, StoreUnavailableError):
                pass  # another process was faster, or nothing can be stored now: read where we are and go on
            except Exception as error:
                if not is_outage(error):
                    logger.exception("shelter_stream_failed", shelter=self.shelter)
            await asyncio.sleep(BACK_OFF)

    async def _follow(self, client: Client) -> None:
        stream = await ensure_sourced(client.jetstream(), self._names, self.shelter, replicas=self._replicas)
        progress = await self._log.progress(self._upstream)
        self._tracked = progress.position
        tail = Tail(
            client,
            stream=self._names.shelter_stream(self.shelter),
            consumer=f"{self._names.user('intake')}_{uuid4().hex}",
            inbox=self._names.inbox("intake"),
            after=await self._start(client, stream, progress),
        )
        async with tail:
            while True:
                messages = await tail.batch(BATCH)
                for message in messages:
                    await self._submissions.take(self.shelter, message.data)
                await self._remember(messages[-1])

    async def _start(self, client: Client, stream: StreamInfo, progress: Progress) -> int:
        """Where to go on: after what was seen last, if the stream still holds it or has let it expire."""
        position = progress.position
        if position == 0 or position < stream.state.first_seq <= stream.state.last_seq:
            return position
        try:
            message = await client.jetstream().get_msg(self._names.shelter_stream(self.shelter), seq=position)
        except NotFoundError:
            expired = stream.state.messages == 0 and position <= stream.state.last_seq
            return position if expired else 0
        return position if _fingerprint(message.data or b"") == progress.leaf else 0

    async def _remember(self, message: Msg) -> None:
        position = sequence_of(message)
        seen = Progress(
            upstream=self._upstream, after=self._tracked, position=position, leaf=_fingerprint(message.data)
        )
        await self._log.append(Append(progress=seen))
        self._tracked = position


def _fingerprint(message: bytes) -> bytes:
    """Of what is sealed: tells one message from another and nothing about it."""
    return hashlib.sha256(message).digest()
