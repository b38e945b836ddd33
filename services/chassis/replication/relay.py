"""Copies a log to its JetStream stream so that **sequence = position**.

Every message carries the expected last sequence of the stream. So the stream itself is the resume point,
several relays fence each other, a wiped stream is refilled identically, and neither a published
flag nor a de-duplication window is needed.

On every resume the last message that this log's owner has sealed is compared with the log's entry at its position. If
the log lacks it, or has another, PostgreSQL was restored from an older backup (or rewritten): the log is halted
with an alarm, because further appends would give two histories the same positions.

A message that the owner has not sealed is *foreign*: somebody else wrote it. It raises an alarm and is left behind; the
log goes on after it, with its sequences ahead of its positions by the number of such messages, until the stream is made
again (``canaliza repair --streams``). Nothing that somebody writes into a stream halts a log.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from services.chassis.database import is_outage
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.liveness import beat
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.messaging.publishing import publish_at_once
from services.chassis.replication.batches import as_a_whole, one_after_another
from services.chassis.replication.comparison import Comparing
from services.chassis.replication.outlet import Outlet
from services.chassis.replication.stream_end import DivergedError, EndOfStream, StreamEnd

logger = structlog.get_logger(__name__)

DIVERGED = "log_diverged_from_stream"
"""Alarm code: the last message that the owner sealed is not the log's entry at its position."""
FOREIGN = "stream_foreign_message"
"""Alarm code: somebody else wrote into the stream. The log goes on."""

BATCH_SIZE = 512
POLL_INTERVAL = 0.25
"""Seconds until the log is read without a wake-up: another process may have appended."""
CHECK_INTERVAL = 1.0
"""Seconds without a new entry after which the stream's end is compared with the log again."""
BACK_OFF = 0.5
OVERTAKEN = frozenset({10070, 10071, 10164})
"""JetStream's answers when the stream's end is not the expected one: its last message's id, its last sequence."""
NO_ROOM = frozenset({10023, 10028, 10047, 10077})
"""JetStream's answers when its disk, its account or the stream is full."""


class Relay:
    """One service's relay. Runs until cancelled; ends by itself only with the alarm."""

    def __init__(
        self,
        log: Log,
        client: Client,
        service: str,
        outlet: Outlet | Callable[[], Outlet],
        *,
        replicas: int = 1,
        timeout: float = 5.0,
        comparing: Comparing | None = None,
        on_foreign: Callable[[int], None] = lambda _: None,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """Copies ``service``'s log to ``LOG_<service>``, of which the servers keep ``replicas`` copies.

        A missing stream is created. ``outlet`` is asked for whenever the end of the copy is looked for: a renewal of
        the stream's secrets is followed without a restart.

        ``timeout``: seconds to wait for JetStream's answers. ``comparing`` is told how log and stream compare, and
        ``on_foreign`` how many foreign messages were found since the last look. While it does not lead (``leads``),
        because another process does, it compares and copies nothing.
        """
        self._leads = leads
        self._comparing = comparing
        self._on_foreign = on_foreign
        self._log = log
        self._client = client
        self._jetstream = client.jetstream(timeout=timeout)
        self._service = service
        self._outlet_now: Callable[[], Outlet] = outlet if callable(outlet) else lambda: outlet
        self._outlet = self._outlet_now()
        self._replicated = replicas > 1
        self._stream = EndOfStream(log, self._jetstream, service, self._outlet, replicas=replicas)
        self._end = StreamEnd()
        self.connected = False
        """Whether the last attempt to reach the stream succeeded."""
        self.full = False
        """Whether JetStream has no room for the next message."""
        self._interrupted = self._one_by_one = False

    @property
    def copied(self) -> int:
        """The last position in the stream that this relay has seen or written."""
        return self._end.position

    @property
    def foreign(self) -> int:
        """Messages in the stream, up to its end, that are not the log's."""
        return self._end.foreign

    async def run(self) -> None:
        """Copies without end; retries through outages of PostgreSQL and NATS."""
        while True:
            try:
                while True:
                    raise_if_cancelled()
                    await self._resume()
                    self._log.compared.set()
                    self.connected = True
                    self._resumed()
                    await self._copy_until_quiet()
                    beat()
            except DivergedError:
                self._log.halt(DIVERGED)
                await self._tell_that_it_differs()
                return
            except (NatsError, APIError, OSError, StoreUnavailableError, TimeoutError) as error:
                self.full = self.full or (isinstance(error, APIError) and error.err_code in NO_ROOM)
                if isinstance(error, APIError) and error.err_code in OVERTAKEN:
                    # Another relay was faster: the stream is looked at again, nothing is wrong. Or the first of a batch
                    # was refused, and only its own answer, not the last one's, says why.
                    self._one_by_one = True
                else:
                    self.connected, self._interrupted = False, True
                    logger.warning("relay_interrupted", service=self._service, error=type(error).__name__)
            except Exception as error:
                self.connected = False
                if not is_outage(error):  # nothing restarts a relay that ended: log the error and try again
                    logger.exception("relay_failed", service=self._service)
            await asyncio.sleep(BACK_OFF)

    def _resumed(self) -> None:
        if self._interrupted:
            logger.info("relay_resumed", service=self._service, position=self.copied)
        self._interrupted = False

    async def _resume(self) -> None:
        """Finds the end of the log's copy, and raises or clears the alarm of foreign messages.

        Raises:
            DivergedError: log and stream have different histories.
        """
        before = self.foreign
        seen = "" if self._comparing is None else await self._comparing.begins()
        self._outlet = self._stream.outlet = self._outlet_now()
        self._end = await self._stream.find(self._end)
        if self._comparing is not None:
            await self._comparing.agrees(seen)
        if self.foreign > before:
            logger.critical("alarm", code=FOREIGN, service=self._service, count=self.foreign)
            self._on_foreign(self.foreign - before)
        if before > self.foreign == 0:
            logger.warning("alarm_cleared", code=FOREIGN, service=self._service)

    async def _tell_that_it_differs(self) -> None:
        while self._comparing is not None:
            raise_if_cancelled()
            beat()
            with suppress(StoreUnavailableError):
                await self._comparing.differs()
                return
            await asyncio.sleep(BACK_OFF)

    async def _copy_until_quiet(self) -> None:
        """Publishes what the log has beyond the stream's end; returns after ``CHECK_INTERVAL`` without a new entry.

        A stream that was wiped or replaced refuses the next message; without one, the caller must compare again.
        """
        last, others_may_have_written = monotonic(), True
        while monotonic() - last < CHECK_INTERVAL:
            raise_if_cancelled()
            if not self._leads():
                await self._appended()
                continue
            self._log.appended.clear()  # before reading: an append during the read must wake this task again
            entries = self._log.recent.after(self.copied, limit=BATCH_SIZE)
            if not entries and (others_may_have_written or self._log.recent.last > self.copied):
                entries = await self._log.entries(after=self.copied, limit=BATCH_SIZE)
                others_may_have_written = bool(entries)  # there may be more than this batch
            if entries:
                await self._publish(entries)
                beat()
                last = monotonic()
                continue
            others_may_have_written = not await self._appended()

    async def _appended(self) -> bool:
        """Waits until this process appends, or begins to lead; ``False``: not within ``POLL_INTERVAL``."""
        try:
            async with asyncio.timeout(POLL_INTERVAL):  # wait_for may swallow a cancellation
                await self._log.appended.wait()
        except TimeoutError:
            return False
        return True

    async def _publish(self, entries: list[LogEntry]) -> None:
        """Publishes a batch in one write, and waits for one acknowledgement: that of the last message.

        JetStream takes each message only after the one before it, known by its sequence and its seal; or, replicated,
        the whole batch or none of it. So the last acknowledgement confirms all of them. If it fails (another relay was
        faster, a foreign message came, an answer was lost), the caller resumes from the stream's own state.
        """
        if self._replicated and not self._stream.takes_batches:
            entries = entries[:1]  # an earlier version made the stream
        if self._one_by_one:
            entries = entries[:1]
        arrange = as_a_whole if self._replicated else one_after_another
        *before, last = arrange(entries, self._outlet, self._end)
        await publish_at_once(self._client, [copy.command() for copy in before])
        answer = await self._jetstream.publish(last.subject, last.entry.state, headers=last.headers())
        self.full = self._one_by_one = False
        self._end = StreamEnd(last.entry.position, answer.seq, answer.seq, last.seal)
