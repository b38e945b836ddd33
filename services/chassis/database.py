"""Connections to PostgreSQL as a service's own role, and telling an outage from a fault of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from services.chassis.access import Principal
from services.chassis.errors import StoreUnavailableError
from services.chassis.names import postgres_role

TIMEOUT = 10.0
"""Seconds after which a statement counts as unanswered: a paused server must not hold callers for ever."""

_OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresIOError,
    asyncpg.InternalClientError,  # seen when the server ends while a pooled connection is made or handed out
)


def is_outage(error: BaseException) -> bool:
    """Whether trying again later may help: the server is away, stopping, full, or a standby."""
    if isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError):
        return True  # the connection broke under the statement; a wrong argument is also a ValueError
    return isinstance(error, _OUTAGES)


BY_KEY = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off"}
"""A writer finds every row by its key, however many there are: its plans are made while the tables are small, and
kept; a kept scan made a batch cost more with every row stored (ADR 0002)."""


SYSTEM = "system"
"""The service's own work, to row-level security. No principal has that role."""
ACTING = "select set_config('canaliza.role', $1, true), set_config('canaliza.org', $2, true)"


@asynccontextmanager
async def outages_named() -> AsyncIterator[None]:
    """Turns an outage into the answer a caller gets, 503, and lets everything else through.

    Raises:
        StoreUnavailableError: PostgreSQL cannot be reached.
    """
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise StoreUnavailableError from error
        raise


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing that reads changes its session, so nothing need be reset: a round trip for every read (ADR 0012)."""


class Database:
    """A service's way to its own schema: a pool for reading, and single connections for writing."""

    def __init__(self, dsn: str, *, service: str, password: str | None, schema: str | None = None) -> None:
        """The DSN says where; the role and its password are the service's own."""
        self.service = service
        self._options: dict[str, Any] = {
            "dsn": dsn,
            "user": postgres_role(service),
            "password": password,
            "timeout": 5,
            "command_timeout": TIMEOUT,
            "server_settings": {
                "search_path": schema or service,
                "application_name": f"canaliza-{service}",
                "idle_in_transaction_session_timeout": "30000",
            },
        }
        self._pool: asyncpg.Pool | None = None

    async def connect(self) -> asyncpg.Connection:
        """A connection of its own, for a writer.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        settings = self._options["server_settings"] | BY_KEY
        async with outages_named():
            return await asyncpg.connect(**self._options | {"server_settings": settings})

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection]:
        """A pooled connection. The pool is made at first use, so that a service starts without its database.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with outages_named():
            if self._pool is None:
                self._pool = asyncpg.create_pool(**self._options, min_size=0, max_size=8, reset=_as_it_is)
            await self._pool  # idempotent: finishes the set-up once
            async with self._pool.acquire(timeout=TIMEOUT) as connection:
                yield connection

    @asynccontextmanager
    async def shown_to(self, principal: Principal) -> AsyncIterator[asyncpg.Connection]:
        """For reading what a principal asks for: row-level security shows nothing else, whatever the query says.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self._acting(principal.role, principal.org) as connection:
            yield connection

    @asynccontextmanager
    async def own_work(self) -> AsyncIterator[asyncpg.Connection]:
        """For what the service must know to decide, whoever asks; nothing read here is shown to anybody as it is.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self._acting(SYSTEM, "") as connection:
            yield connection

    @asynccontextmanager
    async def _acting(self, role: str, org: str) -> AsyncIterator[asyncpg.Connection]:
        # Of the transaction, so that the next who is given the connection is nobody again.
        async with self.reading() as connection, connection.transaction(readonly=True):
            await connection.execute(ACTING, role, org)
            yield connection

    async def close(self) -> None:
        """Ends the pool."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.terminate()
