"""Connections to PostgreSQL with a service's own role, and distinguishing outages from our own faults."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from services.chassis.authorization.policy import Principal
from services.chassis.errors import StoreUnavailableError
from services.chassis.names import postgres_role
from services.chassis.postgres_servers import PostgresServers

TIMEOUT = 10.0
"""Seconds to wait for a statement: a paused server must not block callers without end."""

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
    asyncpg.InvalidPasswordError,  # the password is being renewed, and the new file is not here yet
    # The schema is not this program's: a migration is missing or under way. Readiness says so; what is sent is safe.
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InternalClientError,  # seen when the server ends while a pooled connection is made or handed out
)


def is_outage(error: BaseException) -> bool:
    """Whether a later attempt may succeed: the server is unreachable, stopping, overloaded, a standby, not migrated."""
    if isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError):
        return True  # the connection broke during the statement; a wrong argument is also a ValueError
    return isinstance(error, _OUTAGES)


KEY_LOOKUPS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off"}
"""Planner settings of a writer, which finds every row by its key. Its plans are cached while the tables are small;
a cached sequential scan made a batch cost more with every row stored (ADR 0002)."""


SYSTEM = "system"
"""The role of the service's own work in row-level security. No principal has it."""
SET_PRINCIPAL = "select set_config('canaliza.role', $1, true), set_config('canaliza.org', $2, true)"


@asynccontextmanager
async def outages_named() -> AsyncIterator[None]:
    """Turns an outage into ``StoreUnavailableError`` (503); other errors pass unchanged.

    Raises:
        StoreUnavailableError: PostgreSQL cannot be reached.
    """
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise StoreUnavailableError from error
        raise


Passwords = Callable[[], Sequence[str | None]]
"""The password of a role as it is now; while it is renewed, followed by the former one."""


async def _no_reset(_connection: asyncpg.Connection) -> None:
    """Does nothing: readers never change session state, and asyncpg's reset costs a round trip per read (ADR 0012)."""


class Database:
    """A service's access to its own schema: a pool for reading, and single connections for writing."""

    def __init__(self, dsn: str, *, service: str, password: Passwords | str | None, schema: str | None = None) -> None:
        """``dsn`` gives server and database; role and password are the service's own."""
        self.service = service
        self._passwords: Passwords = password if callable(password) else lambda: (password,)
        self._options: dict[str, Any] = {
            "dsn": dsn,
            "user": postgres_role(service),
            "timeout": 5,
            "command_timeout": TIMEOUT,
            "server_settings": {
                "search_path": schema or service,
                "application_name": f"canaliza-{service}",
                "idle_in_transaction_session_timeout": "30000",
            },
        }
        self._servers = PostgresServers(dsn)
        self._pool: asyncpg.Pool | None = None

    async def connect(self, session: Mapping[str, str] = KEY_LOOKUPS) -> asyncpg.Connection:
        """A new connection; without other settings of its ``session`` one for a writer.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        settings = self._options["server_settings"] | dict(session)
        async with outages_named():
            return await self._signed_in(**self._options | {"server_settings": settings})

    async def _signed_in(self, *server: Any, **options: Any) -> asyncpg.Connection:
        """A connection with the password of now; while it is renewed, with the former one if the server wants that."""
        *others, last = self._passwords()
        for password in others:
            with suppress(asyncpg.InvalidPasswordError):
                return await self._servers.connect(*server, **options, password=password)
        return await self._servers.connect(*server, **options, password=last)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection]:
        """A pooled connection. The pool is created at first use, so that a service starts without its database.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with outages_named():
            if self._pool is None:
                self._pool = asyncpg.create_pool(
                    **self._options, connect=self._signed_in, min_size=0, max_size=8, reset=_no_reset
                )
            await self._pool  # idempotent: finishes the set-up once
            async with self._pool.acquire(timeout=TIMEOUT) as connection:
                yield connection

    @asynccontextmanager
    async def as_principal(self, principal: Principal) -> AsyncIterator[asyncpg.Connection]:
        """A connection on which row-level security shows only the principal's rows, whatever the query.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self._acting(principal.role, principal.org) as connection:
            yield connection

    @asynccontextmanager
    async def as_system(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that sees every row, for the service's own decisions; its rows must not be shown unfiltered.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self._acting(SYSTEM, "") as connection:
            yield connection

    @asynccontextmanager
    async def correcting(self) -> AsyncIterator[asyncpg.Connection]:
        """As ``as_system``, but it may write: for what follows from the rows and the policy alone, and from no fact.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self._acting(SYSTEM, "", readonly=False) as connection:
            yield connection

    @asynccontextmanager
    async def _acting(self, role: str, org: str, *, readonly: bool = True) -> AsyncIterator[asyncpg.Connection]:
        # The setting ends with the transaction, so the next user of the connection starts without a principal.
        async with self.reading() as connection, connection.transaction(readonly=readonly):
            await connection.execute(SET_PRINCIPAL, role, org)
            yield connection

    async def close(self) -> None:
        """Closes the pool."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.terminate()
