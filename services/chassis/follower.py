"""Follows another service's log through JetStream: exactly-once effect.

The position lives in the follower's own PostgreSQL, in the transaction of the effects. Every message
must be the next; after a gap it subscribes anew, and a hole that stays is read from the upstream log.
What cannot be digested is parked with every later event of its case; an outage is retried for ever.
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

from events.contract import UnreadableEventError
from services.chassis.clock import Clock
from services.chassis.database import is_outage
from services.chassis.entry import Entry
from services.chassis.errors import (
    LogHaltedError,
    StaleProgressError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.log import Append, Log, Progress
from services.chassis.messages import entry_from_message, sequence_of
from services.chassis.names import Names
from services.chassis.parking import Parking
from services.chassis.reacting import Digest, Digested
from services.chassis.tail import Tail, TailLostError
from services.chassis.upstream import Upstream

logger = structlog.get_logger(__name__)

UPSTREAM_CHANGED = "upstream_history_changed"
"""The alarm: the upstream log no longer has the event that this service saw last."""

BATCH = 500
ATTEMPTS = 5
BACK_OFF = 0.5


class UpstreamChangedError(Exception):
    """What the upstream has at our position is not what we saw there."""


class Follower:
    """One service following one log. Runs until cancelled; stops by itself only on the alarm."""

    def __init__(
        self,
        *,
        client: Client,
        names: Names,
        service: str,
        upstream: Upstream,
        log: Log,
        digest: Digest,
        clock: Clock,
        gathering: float = 0.0,
    ) -> None:
        """``service`` follows ``upstream`` and appends what ``digest`` decides to its own ``log``.

        ``gathering``: seconds to let messages come together after a batch, where nobody waits for their effects.
        """
        self._gathering = gathering
        self._client = client
        self._names = names
        self._service = service
        self._upstream = upstream
        self._log = log
        self._digest = digest
        self._parking = Parking(upstream.service, clock)
        self.position = 0
        """The last position handled."""
        self.alarm: str | None = None
        self.following = False
        """Whether it is attached to the stream right now."""
        self.failure: str | None = None
        """The kind of the last unexpected error, until something was handled again."""

    @property
    def upstream(self) -> str:
        """The service whose log is followed."""
        return self._upstream.service

    async def run(self) -> None:
        """Follows for ever."""
        while True:
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
                TailLostError,
                StoreUnavailableError,
            ) as error:
                logger.warning("follower_interrupted", service=self._service, error=type(error).__name__)
            except (StaleProgressError, VersionConflictError, LogHaltedError):
                pass  # another process was faster: read where we are and go on from there
            except Exception as error:
                if not is_outage(error):
                    self.failure = type(error).__name__
                    logger.exception("follower_failed", service=self._service)
            finally:
                self.following = False
            await asyncio.sleep(BACK_OFF)

    async def _follow(self) -> None:
        progress = await self._log.progress(self._upstream.service)
        self.position = progress.position
        await self._check(progress)
        await self._parking.load(self._log)
        tail = Tail(
            self._client,
            stream=self._names.stream(self._upstream.service),
            consumer=f"{self._names.user(self._service)}_{uuid4().hex}",
            inbox=self._names.inbox(self._service),
            after=self.position,
        )
        async with tail:
            self.following = True
            while True:
                await self._handle(await tail.batch(BATCH))
                if self._gathering:
                    await asyncio.sleep(self._gathering)

    async def _check(self, progress: Progress) -> None:
        """Compares the event seen last with what the upstream log has there now."""
        if progress.position == 0 or progress.leaf is None:
            return
        entry = await self._upstream.entry(progress.position)
        if entry is None or entry.leaf() != progress.leaf:
            raise UpstreamChangedError

    async def _handle(self, messages: Sequence[Any]) -> None:
        entries: list[Entry] = []
        expected = self.position + 1
        for message in messages:
            sequence = sequence_of(message)
            if sequence < expected:
                continue  # seen before: the stream was refilled under us
            if sequence > expected:
                entries += await self._upstream.between(expected, sequence - 1)
            try:
                entries.append(entry_from_message(message, sequence))
            except UnreadableEventError:  # not the relay's: the log itself says what stands there
                entries += await self._upstream.between(sequence, sequence)
            expected = sequence + 1
        if entries:
            await self._process(entries)

    async def _process(self, entries: Sequence[Entry]) -> None:
        """Handles a batch in one transaction; halves it to find the one that cannot be digested, and parks it."""
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

    async def _decide(self, entries: Sequence[Entry]) -> None:
        """Commits; after a conflict, a command wrote to one of the streams: decides again on what is there now.

        Raises:
            VersionConflictError: every time, so it is no coincidence.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(VersionConflictError):
                await self._commit(entries)
                return
        await self._commit(entries)

    async def _commit(self, entries: Sequence[Entry], unreadable: tuple[Entry, str] | None = None) -> None:
        following, behind = self._parking.split(entries)
        waiting = [(entry, "case_is_parked") for entry in behind]
        if unreadable is not None:
            waiting.append(unreadable)
        digested = await self._digest(following) if following else Digested()
        last = entries[-1] if entries else unreadable[0] if unreadable else None
        assert last is not None  # noqa: S101 - called with something

        async def within(connection: asyncpg.Connection) -> None:
            await self._parking.put(connection, waiting)
            if digested.within is not None:
                await digested.within(connection)

        progress = Progress(
            upstream=self._upstream.service,
            after=self.position,
            position=last.position,
            event=last.id,
            leaf=last.leaf(),
        )
        await self._log.append(Append(entries=digested.entries, progress=progress, within=within))
        self.position = last.position
        self.failure = None
        self._parking.remember(entry.case for entry, _ in waiting)

    async def _park(self, entry: Entry, reason: str) -> None:
        logger.error(
            "event_parked",
            service=self._service,
            upstream=self.upstream,
            position=entry.position,
            error=reason,
        )
        await self._commit((), unreadable=(entry, reason))

    async def retry(self, case: UUID) -> int:
        """Digests a case's parked events again, in order. Returns how many were.

        Raises:
            Exception: whatever the digestion raised; everything stays parked then.
        """
        positions = await self._parking.positions(self._log, case)
        entries = [entry for position in positions for entry in await self._upstream.between(position, position)]
        digested = await self._digest(entries)

        async def within(connection: asyncpg.Connection) -> None:
            if digested.within is not None:
                await digested.within(connection)
            await self._parking.release(connection, case, len(positions))

        await self._log.append(Append(entries=digested.entries, within=within))
        self._parking.forget(case)
        return len(entries)
