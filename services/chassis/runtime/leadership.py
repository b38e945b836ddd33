"""Which of a service's instances does what one does at a time: whoever holds the log's lock, on a session of its own.

An instance that dies loses its session at once; one that is frozen, or cut off, loses it after ``SILENCE`` seconds
without a statement: the server ends a session that says nothing. Whoever leads believes it for less than that after
its last question was answered, so that it has stopped before another begins.

Nothing is right only because one leads. A log takes one of two contradicting appends, a stream one of two copies, and
what leaves the system is leased first. The lock keeps two from doing the same work and getting in each other's way.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

import asyncpg
import structlog

from services.chassis.database import Database, is_outage
from services.chassis.errors import StoreUnavailableError
from services.chassis.liveness import beat

logger = structlog.get_logger(__name__)

LOCK = 0x6C656164  # "lead": one instance of a log's service
TAKE = "select pg_try_advisory_lock($1, hashtext(current_schema()))"
INTERVAL = 0.5
"""Seconds between two questions: whether the lock is free, or whether the session that holds it is still there."""
PATIENCE = 3.0
"""Seconds to wait for an answer."""
SILENCE = 10
"""Seconds without a statement after which PostgreSQL ends the session, and with it the lock."""


class Leadership:
    """One instance's part in who leads. Runs until cancelled."""

    def __init__(
        self,
        database: Database,
        *,
        begin: Callable[[], None],
        end: Callable[[], Awaitable[None]],
        now: Callable[[], float] = monotonic,
    ) -> None:
        """``begin`` is called when this instance leads from now on, ``end`` when it does no more."""
        self._database = database
        self._begin = begin
        self._end = end
        self._now = now
        self._holds = False
        self._confirmed = float("-inf")
        self._led_at: float | None = None

    @property
    def leads(self) -> bool:
        """Whether this instance leads, and no other can yet."""
        return self._holds and self._now() - self._confirmed < SILENCE

    @property
    def is_settled(self) -> bool:
        """Whether it is known who leads: this instance, or another one."""
        return self._led_at is not None

    def leaderless_for(self) -> float | None:
        """Seconds since some instance was known to lead; ``None``: none was, since this one started."""
        return None if self._led_at is None else self._now() - self._led_at

    async def run(self) -> None:
        """Takes the lock when it is free, and holds it as long as its session lives; again and again."""
        while True:
            try:
                async with self._session() as session:
                    while not await self._asks(session, TAKE, LOCK):
                        self._led_at = self._now()
                        await asyncio.sleep(INTERVAL)
                    await self._lead(session)
            except (StoreUnavailableError, asyncpg.PostgresError, OSError, TimeoutError) as error:
                if not isinstance(error, StoreUnavailableError) and not is_outage(error):
                    raise
                beat()
            await asyncio.sleep(INTERVAL)

    async def _lead(self, session: asyncpg.Connection) -> None:
        """Leads until the session is lost, and until what was begun has ended."""
        self._holds = True
        logger.info("leads", service=self._database.service)
        self._begin()
        try:
            while True:
                self._led_at = self._now()
                await asyncio.sleep(INTERVAL)
                await self._asks(session, "select true")
        except Exception as error:
            logger.warning("leads_no_more", service=self._database.service, error=type(error).__name__)
            raise
        finally:
            self._holds = False
            await self._end()

    async def _asks(self, session: asyncpg.Connection, statement: str, *arguments: object) -> bool:
        """Asks on the session, which the server counts as a sign of life from the moment that it was asked."""
        asked = self._now()
        answer: bool = await session.fetchval(statement, *arguments, timeout=PATIENCE)
        self._confirmed = asked
        beat()
        return answer

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncpg.Connection]:
        """A session that PostgreSQL ends when it is silent. Left in order, it gives the lock back before it returns."""
        session = await self._database.connect({"idle_session_timeout": f"{SILENCE}s"})
        try:
            yield session
        finally:
            with suppress(Exception):
                async with asyncio.timeout(PATIENCE):
                    await session.close()
            session.terminate()
