"""One running PostgreSQL on one cluster, of whichever version made it."""

import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import asyncpg

from services.local.archiving import archive_command
from services.local.cluster import ADMIN, VERSION, binary
from services.local.processes import CannotStart, Child, Identity
from services.local.socket_folder import PORT

DATABASE = "canaliza"

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "max_wal_size": "2GB",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    # Error messages and their DETAIL quote values: errors are not logged, the caller gets them.
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""Settings for the command line, which neither a file nor ALTER SYSTEM overrides."""

SINCE_18 = {"io_method": "sync"}
"""Without it three more processes and 9 MB wait for reads that fit in memory (ADR 0052)."""

ARCHIVED = {"archive_mode": "on", "archive_timeout": "60"}
"""The settings of a server whose WAL is archived: a minute of it at most is not in the archive yet."""

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "600"}
"""The settings of a test's server, which many systems share and whose data may be lost when the machine fails."""


class Postmaster:
    """A server process on a cluster's folder, reached through a private socket."""

    def __init__(
        self,
        folder: Path,
        socket_folder: Path,
        password: str,
        *,
        log: Path,
        version: int = VERSION,
        durable: bool = True,
        in_file: Callable[[], Sequence[str]] = tuple,
        archive: Path | None = None,
    ) -> None:
        """Starts nothing yet.

        ``in_file``: the administrator's passwords of the file, the present one first: a renewal may have been
        interrupted before the server had it. ``archive``: the folder that every segment of WAL is copied to.
        """
        self._in_file = in_file
        self.folder, self.version = folder, version
        self.socket_folder = socket_folder
        self._password, self._log = password, log
        self._settings = SETTINGS | (SINCE_18 if version >= 18 else {}) | ({} if durable else NOT_DURABLE)
        if archive is not None:
            self._settings |= ARCHIVED | {"archive_command": archive_command(archive)}
        self._child: Child | None = None

    @property
    def dsn(self) -> str:
        """The administrator's DSN with the password."""
        where = urlencode({"host": str(self.socket_folder), "port": PORT})
        return f"postgresql://{ADMIN}:{quote(self._password, safe='')}@/{DATABASE}?{where}"

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        if self._child is None:
            raise CannotStart("PostgreSQL is not running")
        return self._child.pid

    async def start(self, identity: Identity) -> None:
        """Returns when the server answers and has the database.

        Raises:
            CannotStart: it ended, does not answer, or the password is not the cluster's.
        """
        settings = self._settings | {"unix_socket_directories": f'"{self.socket_folder}"'}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(binary("postgres", self.version)), "-D", str(self.folder), *options]
        self._child = Child(command, log=self._log, folder=self.folder, identity=identity)
        await self._child.ready(self._answers)

    async def over(self) -> int:
        """Waits until it ends by itself; its exit code."""
        if self._child is None:
            raise CannotStart("PostgreSQL is not running")
        return await self._child.over()

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self._child is not None:
            await self._child.stop(signal.SIGINT, patience=20, firmly=signal.SIGQUIT)
            self._child = None

    async def _finish_renewal(self) -> None:
        """Gives the administrator the password of the file, if it still has the one that was being replaced.

        Raises:
            CannotStart: it has neither.
        """
        present, *former = self._in_file() or (self._password,)
        for password in (present, *former):
            with suppress(asyncpg.InvalidPasswordError):
                connection = await asyncpg.connect(self.dsn, password=password)
                try:
                    await connection.execute(f"alter role {ADMIN} password '{present}'")
                finally:
                    await connection.close()
                self._password = present
                return
        raise CannotStart(f"{self.folder} was made with other secrets: bring its installation.json back")

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.dsn)
        except asyncpg.InvalidCatalogNameError:
            connection = await asyncpg.connect(self.dsn, database="postgres")
            try:
                await connection.execute(f"CREATE DATABASE {DATABASE}")
            finally:
                await connection.close()
            return True
        except asyncpg.InvalidPasswordError:
            await self._finish_renewal()
            return False
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True
