"""Follows another service's log, woken by its JetStream copy: exactly-once effect.

The position is stored in the follower's own PostgreSQL, in the transaction of the effects. A message of the stream says
only how far the log has been copied: the entries themselves are read from the upstream log, one query a batch, so that
nothing that somebody else wrote into the stream is ever acted upon (ADR 0033). Nor does a follower go beyond what was
copied: the stream of an effect never has more than the stream of its cause, which a repair relies on.

An event that cannot be handled is parked with every later event of its case; outages are retried without end.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from services.chassis.clock import Clock
from services.chassis.database import is_outage
from services.chassis.errors import (
    LogHaltedError,
    NotFoundError,
    StaleProgressError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.eventlog.append import Append, Progress
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.reactions import BatchHandler, HandledBatch
from services.chassis.eventlog.upstream import Upstream
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.messaging.consumer import ConsumerLostError, OrderedConsumer
from services.chassis.names import Names
from services.chassis.replication import causes
from services.chassis.replication.cloudevents import TRACE, position_of
from services.chassis.replication.parking import ParkedCases, Parking

logger = structlog.get_logger(__name__)

UPSTREAM_CHANGED = "upstream_history_changed"
"""Alarm code: the upstream log no longer has the event that this service handled last."""

BATCH_SIZE = 500
MAX_ATTEMPTS = 5
BACK_OFF = 0.5


class UpstreamChangedError(Exception):
    """The upstream log has another entry at our position than the one that was handled."""


class Follower:
    """One service following one log. Runs until cancelled; ends by itself only with the alarm."""

    def __init__(
        self,
        *,
        client: Client,
        names: Names,
        service: str,
        upstream: Upstream,
        log: Log,
        handle: BatchHandler,
        clock: Clock,
        gathering: float = 0.0,
        parked_cases: ParkedCases | None = None,
    ) -> None:
        """``service`` follows ``upstream`` and appends what ``handle`` decides to its own ``log``.

        ``gathering``: seconds to wait after a batch so that the next one is larger, where nobody waits for the effects.
        ``parked_cases`` decides what is recorded when a case is parked, and when its events were handled after all.
        """
        self._parked_cases = parked_cases
        self._gathering = gathering
        self._client = client
        self._names = names
        self._service = service
        self._upstream = upstream
        self._log = log
        self._handler = handle
        self._parking = Parking(upstream.service, clock)
        self.position = 0
        """The last position handled."""
        self._interrupted = False
        self._traces: dict[int, str] = {}
        """The traces that the copies of the batch say they belong to, by position."""
        self.alarm: str | None = None
        self.following = False
        """Whether the follower is subscribed to the stream."""
        self.failure: str | None = None
        """The class name of the last unexpected error; ``None`` again after the next commit."""
        self._read_again = False

    @property
    def upstream(self) -> str:
        """The service whose log is followed."""
        return self._upstream.service

    async def run(self) -> None:
        """Follows without end; retries through outages."""
        while True:
            raise_if_cancelled()
            try:
                await self._follow()
            except UpstreamChangedError:
                self.alarm = UPSTREAM_CHANGED
                self._log.halt(UPSTREAM_CHANGED)
                return
            except (
                NatsError,
                APIError,
                OSError,
                TimeoutError,
                ConsumerLostError,
                StoreUnavailableError,
            ) as error:
                self._interrupted = True
                logger.warning(
                    "follower_interrupted", service=self._service, upstream=self.upstream, error=type(error).__name__
                )
            except (StaleProgressError, VersionConflictError, LogHaltedError):
                pass  # another process was faster: read the position again and continue from there
            except Exception as error:
                if not is_outage(error):
                    self.failure = type(error).__name__
                    logger.exception("follower_failed", service=self._service, upstream=self.upstream)
            finally:
                self.following = False
                self._upstream.leave()
            await asyncio.sleep(BACK_OFF)

    async def _follow(self) -> None:
        progress = await self._log.progress(self._upstream.service)
        self.position = progress.position
        await self._check(progress)
        await self._parking.load(self._log)
        await self._record_earlier()
        await self._try_unread()
        tail = OrderedConsumer(
            self._client,
            stream=self._names.stream(self._upstream.service),
            consumer=f"{self._names.user(self._service)}_{uuid4().hex}",
            inbox=self._names.inbox(self._service),
            after=self.position,
            headers_only=True,
        )
        await self._upstream.attend()
        async with tail:
            self.following = True
            if self._interrupted:
                logger.info("follower_resumed", service=self._service, upstream=self.upstream, position=self.position)
            self._interrupted = False
            while True:
                raise_if_cancelled()
                await self._handle(await tail.batch(BATCH_SIZE))
                if self._gathering:
                    await asyncio.sleep(self._gathering)

    async def _check(self, progress: Progress) -> None:
        """Compares the event that was handled last with the upstream log's entry at that position."""
        if progress.position == 0 or progress.leaf_hash is None:
            return
        entry = await self._upstream.entry(progress.position)
        if entry is None or entry.leaf_hash() != progress.leaf_hash:
            raise UpstreamChangedError

    async def _handle(self, messages: Sequence[Any]) -> None:
        """Handles what the upstream log has up to where these messages say that it was copied."""
        copied = max(map(position_of, messages), default=0)
        self._traces = {position_of(each): each.headers[TRACE] for each in messages if TRACE in (each.headers or {})}
        while self.position < copied:
            entries = await self._upstream.following(self.position, upto=copied, limit=BATCH_SIZE)
            if not entries:
                logger.warning("message_not_in_the_log", service=self._service, upstream=self.upstream, position=copied)
                return
            await self._process(entries)

    async def _process(self, entries: Sequence[LogEntry]) -> None:
        """Handles a batch in one transaction; halves it to find an entry that cannot be handled, and parks that."""
        try:
            await self._decide(entries)
        except (StaleProgressError, StoreUnavailableError, LogHaltedError):
            raise
        except Exception as error:
            if is_outage(error):
                raise
            if len(entries) == 1:
                await self._park(entries[0], type(error).__name__)
                return
            middle = len(entries) // 2
            await self._process(entries[:middle])
            await self._process(entries[middle:])

    async def _decide(self, entries: Sequence[LogEntry]) -> None:
        """Decides and commits; decides again after a conflict, because a command wrote to one of the streams.

        Raises:
            VersionConflictError: a conflict in every one of ``MAX_ATTEMPTS`` attempts.
        """
        for _ in range(MAX_ATTEMPTS - 1):
            with suppress(VersionConflictError):
                await self._commit(entries)
                return
        await self._commit(entries)

    async def _commit(
        self,
        entries: Sequence[LogEntry],
        unreadable: tuple[LogEntry, str] | None = None,
        recorded: Sequence[LogEntry] = (),
    ) -> None:
        following, behind = self._parking.split(entries)
        if behind:  # rare: another process may have handled the case meanwhile
            await self._parking.load(self._log)
            following, behind = self._parking.split(entries)
        waiting = [(entry, "case_is_parked") for entry in behind]
        if unreadable is not None:
            waiting.append(unreadable)
        handled = await self._handler(following) if following else HandledBatch()
        last = entries[-1] if entries else unreadable[0] if unreadable else None
        assert last is not None  # noqa: S101 - callers pass an entry

        async def in_transaction(connection: asyncpg.Connection) -> None:
            await self._parking.put(connection, waiting, behind)
            if handled.in_transaction is not None:
                await handled.in_transaction(connection)

        progress = Progress(
            upstream=self._upstream.service,
            after=self.position,
            position=last.position,
            event=last.id,
            leaf_hash=last.leaf_hash(),
        )
        decided = [*handled.entries, *recorded]
        followed = causes.followed_from(entries, decided, self._traces) if decided else {}
        with self._log.observer.following(self.upstream, followed):
            done = await self._log.append(Append(entries=decided, progress=progress, in_transaction=in_transaction))
        causes.tell(self._service, self.upstream, followed, decided, done.first_position)
        self.position = last.position
        self.failure = None
        self._parking.remember(entry.case for entry, _ in waiting)

    async def _park(self, entry: LogEntry, reason: str) -> None:
        logger.error(
            "event_parked",
            service=self._service,
            upstream=self.upstream,
            position=entry.position,
            error=reason,
        )
        recorded = await self._recorded_of(entry)
        try:
            await self._commit((), (entry, reason), recorded)
        except (StaleProgressError, StoreUnavailableError, LogHaltedError, VersionConflictError):
            raise  # the batch is read and decided again
        except Exception as error:
            if is_outage(error) or not recorded:
                raise
            logger.exception("parked_case_not_recorded", service=self._service, position=entry.position)
            await self._commit((), (entry, reason))

    async def _recorded_of(self, entry: LogEntry) -> Sequence[LogEntry]:
        """What to record of a case that is parked; nothing if that cannot be decided: the follower goes on."""
        if self._parked_cases is None or entry.case is None:
            return ()
        try:
            return await self._parked_cases.parked(entry)
        except StoreUnavailableError:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            logger.exception("parked_case_not_recorded", service=self._service, position=entry.position)
            return ()

    async def _record_earlier(self) -> None:
        """Records the cases that were parked by a version that did not record it."""
        for case in self._parking.cases if self._parked_cases is not None else ():
            position = min(await self._parking.positions(self._log, case), default=None)
            entry = None if position is None else await self._upstream.entry(position)
            recorded = () if entry is None else await self._recorded_of(entry)
            if recorded:
                await self._log.append(Append(entries=recorded))

    async def _try_unread(self) -> None:
        """Handles, once a process, what was parked because the program of then could not read it (ADR 0052)."""
        if self._read_again:
            return
        for case in await self._parking.unread(self._log):
            try:
                await self.retry(case)
            except (StoreUnavailableError, LogHaltedError):
                raise
            except Exception as error:  # it stays parked, and an operator sees it
                if is_outage(error):
                    raise
                logger.warning("still_parked", service=self._service, upstream=self.upstream)
        self._read_again = True

    async def retry(self, case: UUID, *, without: int | None = None) -> int:
        """Handles a case's parked events again, in order. Returns their number.

        ``without``: the position of one that is set aside for good, so that those behind it have a way out.

        Raises:
            NotFoundError: no event of the case is parked at the position ``without``.
            Exception: any error of the handler; all of the case's events stay parked then.
        """
        positions = await self._parking.positions(self._log, case)
        if without is not None and without not in positions:
            raise NotFoundError
        again = [position for position in positions if position != without]
        entries = [entry for position in again for entry in await self._upstream.between(position, position)]
        handled = await self._handler(entries) if entries else HandledBatch()

        async def in_transaction(connection: asyncpg.Connection) -> None:
            if handled.in_transaction is not None:
                await handled.in_transaction(connection)
            await self._parking.release(connection, case, len(positions))

        recorded: Sequence[LogEntry] = ()
        if self._parked_cases is not None and positions:
            recorded = await self._parked_cases.released(case, set_aside=without)
        decided = [*handled.entries, *recorded]
        await self._log.append(Append(entries=decided, in_transaction=in_transaction))
        self._parking.forget(case)
        if without is not None:
            logger.warning("event_set_aside", service=self._service, upstream=self.upstream, position=without)
        return len(entries)
