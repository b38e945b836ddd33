"""Follows the hub's copy of one shelter's stream.

At least once: the position is stored after the messages up to it were received, and a submission received again is
recorded once. The hub's copy may be rebuilt from the leaf node's; if the last message is not in it any more, the stream
is read again from its beginning.
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
from services.chassis.eventlog.append import Append, Progress
from services.chassis.eventlog.log import Log
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.messaging.consumer import ConsumerLostError, OrderedConsumer
from services.chassis.messaging.delivery import sequence_of
from services.chassis.messaging.streams import ensure_sourced
from services.chassis.names import Names
from services.intake.leaf_nodes.commands import SealedSubmissionReceiver

logger = structlog.get_logger(__name__)

BATCH_SIZE = 50
RETRY_SECONDS = 0.5


class ShelterStream:
    """Receives one shelter's sealed submissions in the order sent."""

    def __init__(
        self, *, shelter: str, names: Names, replicas: int, log: Log, submissions: SealedSubmissionReceiver
    ) -> None:
        """``replicas``: copies of the hub's stream, if it has to be created."""
        self.shelter = shelter
        self._names = names
        self._replicas = replicas
        self._log = log
        self._submissions = submissions
        self._upstream = f"shelter:{shelter}"
        self._position = 0

    async def run(self, client: Client) -> None:
        """Runs for ever; retries through an outage of NATS or PostgreSQL."""
        while True:
            raise_if_cancelled()
            try:
                await self._follow(client)
            except (NatsError, APIError, OSError, TimeoutError, ConsumerLostError) as error:
                logger.warning("shelter_stream_interrupted", shelter=self.shelter, error=type(error).__name__)
            except (StaleProgressError, LogHaltedError, StoreUnavailableError):
                pass  # another process was faster, or the log accepts nothing now: read the stored position and go on
            except Exception as error:
                if not is_outage(error):
                    logger.exception("shelter_stream_failed", shelter=self.shelter)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, client: Client) -> None:
        stream = await ensure_sourced(client.jetstream(), self._names, self.shelter, replicas=self._replicas)
        progress = await self._log.progress(self._upstream)
        self._position = progress.position
        consumer = OrderedConsumer(
            client,
            stream=self._names.shelter_stream(self.shelter),
            consumer=f"{self._names.user('intake')}_{uuid4().hex}",
            inbox=self._names.inbox("intake"),
            after=await self._start(client, stream, progress),
        )
        async with consumer:
            while True:
                raise_if_cancelled()
                messages = await consumer.batch(BATCH_SIZE)
                for message in messages:
                    await self._submissions.receive(self.shelter, message.data)
                await self._save_position(messages[-1])

    async def _start(self, client: Client, stream: StreamInfo, progress: Progress) -> int:
        """The sequence to continue after: the last one received if it is still in the stream or expired; else 0."""
        position = progress.position
        if position == 0 or position < stream.state.first_seq <= stream.state.last_seq:
            return position
        try:
            message = await client.jetstream().get_msg(self._names.shelter_stream(self.shelter), seq=position)
        except NotFoundError:
            expired = stream.state.messages == 0 and position <= stream.state.last_seq
            return position if expired else 0
        return position if _fingerprint(message.data or b"") == progress.leaf_hash else 0

    async def _save_position(self, message: Msg) -> None:
        position = sequence_of(message)
        received = Progress(
            upstream=self._upstream, after=self._position, position=position, leaf_hash=_fingerprint(message.data)
        )
        await self._log.append(Append(progress=received))
        self._position = position


def _fingerprint(message: bytes) -> bytes:
    """A hash of the sealed message, which identifies it without revealing anything."""
    return hashlib.sha256(message).digest()
