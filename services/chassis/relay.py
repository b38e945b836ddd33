"""Copies a log to its JetStream stream so that **sequence = position**.

Every message says which sequence must be the last before it. So the stream itself is the resume point,
several relays fence each other, a wiped stream is refilled identically, and nothing needs a published
flag or a de-duplication window.

On every resume the stream's last message is compared with the log's entry at its place. If the log
does not have it, or has another, PostgreSQL was restored from an older backup (or rewritten): the log
is halted with an alarm, because going on would give two histories the same positions.
"""

import asyncio
from contextlib import suppress
from time import monotonic

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from services.chassis.database import is_outage
from services.chassis.entry import Entry
from services.chassis.errors import StoreUnavailableError
from services.chassis.log import Log
from services.chassis.messages import LEAF, command_of, headers_of, subject_of
from services.chassis.names import Names
from services.chassis.pipelining import publish_at_once
from services.chassis.streams import ensure_stream

logger = structlog.get_logger(__name__)

DIVERGED = "log_diverged_from_stream"
"""The alarm: the stream's last message is not what the log has at that position."""

BATCH = 512
POLL = 0.25
"""Seconds until the log is read without having been woken: another process may have written to it."""
CHECK = 1.0
"""Seconds of quiet after which it looks again whether the stream still ends with what the log has there."""
BACK_OFF = 0.5
ELECTION = 5
"""Seconds for a cluster to agree again on who leads, before a message that is missing raises the alarm."""


class DivergedError(Exception):
    """The log and its stream tell different histories."""


class Relay:
    """One service's relay. Runs until cancelled; stops by itself only on the alarm."""

    def __init__(
        self, log: Log, client: Client, names: Names, service: str, *, replicas: int = 1, timeout: float = 5.0
    ) -> None:
        """Copies ``service``'s log to ``LOG_<service>``, made with so many copies where it is missing.

        ``timeout``: seconds within which JetStream must answer.
        """
        self._log = log
        self._client = client
        self._jetstream = client.jetstream(timeout=timeout)
        self._names = names
        self._service = service
        self._replicas = replicas
        self.copied = 0
        """The stream's last sequence, as far as this relay knows."""
        self.connected = False
        """Whether the last attempt to reach the stream succeeded."""

    async def run(self) -> None:
        """Copies for ever; an outage of either side is waited out."""
        while True:
            try:
                while True:
                    await self._resume()
                    self._log.compared.set()
                    self.connected = True
                    await self._copy_until_quiet()
            except DivergedError:
                self._log.halt(DIVERGED)
                return
            except (NatsError, APIError, OSError, StoreUnavailableError, TimeoutError) as error:
                self.connected = False
                logger.warning("relay_interrupted", service=self._service, error=type(error).__name__)
            except Exception as error:
                self.connected = False
                if not is_outage(error):  # nobody restarts a relay that ends: say what it was, and try again
                    logger.exception("relay_failed", service=self._service)
            await asyncio.sleep(BACK_OFF)

    async def _resume(self) -> None:
        """Finds out where the stream ends, and that it ends with what the log has there."""
        stream = self._names.stream(self._service)
        await ensure_stream(self._jetstream, self._names, self._service, replicas=self._replicas)
        self.copied = (await self._jetstream.stream_info(stream)).state.last_seq
        if self.copied == 0:
            return
        entries = await self._log.entries(after=self.copied - 1, most=1)
        message = await self._last_message(stream)
        theirs = (message.headers or {}).get(LEAF)
        if not entries or entries[0].leaf().hex() != theirs:
            raise DivergedError

    async def _last_message(self, stream: str) -> RawStreamMsg:
        """What the stream ends with. A node that wakes up and believes it still leads may not have it yet."""
        for _ in range(ELECTION):
            with suppress(NotFoundError):
                return await self._jetstream.get_msg(stream, seq=self.copied)
            await asyncio.sleep(1)
        raise DivergedError

    async def _copy_until_quiet(self) -> None:
        """Publishes what the log has beyond the stream's end; returns when nothing has come for a while.

        A stream that was wiped or replaced refuses the next message. Without one, only looking again tells.
        """
        last, unsaid = monotonic(), True
        while monotonic() - last < CHECK:
            self._log.appended.clear()  # before reading: an append while we read must wake us again
            entries = self._log.recent.after(self.copied, most=BATCH)
            if not entries and (unsaid or self._log.recent.last > self.copied):
                entries = await self._log.entries(after=self.copied, most=BATCH)
                unsaid = bool(entries)  # there may be more that nobody here has said
            if entries:
                await self._publish(entries)
                last = monotonic()
                continue
            try:
                async with asyncio.timeout(POLL):  # wait_for may swallow a cancellation
                    await self._log.appended.wait()
            except TimeoutError:
                unsaid = True  # another process may have written

    async def _publish(self, entries: list[Entry]) -> None:
        """Publishes in one go, and asks for one answer: to the last message.

        JetStream takes each message only after the one before it, so the last one's answer holds for all of
        them. Whatever goes wrong (another relay was faster, an answer was lost), the stream's own state says
        how far it came: the caller resumes from there.
        """
        *before, last = entries
        await publish_at_once(self._client, [command_of(entry, self._names) for entry in before])
        answer = await self._jetstream.publish(subject_of(last, self._names), last.state, headers=headers_of(last))
        if answer.seq != last.position:
            raise DivergedError
        self.copied = last.position
