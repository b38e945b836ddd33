"""An embedded PostgreSQL: private unix socket, password authentication, never as root."""

import shutil
import signal
from pathlib import Path
from urllib.parse import quote, urlencode

import asyncpg

from services.chassis.private_files import private_folder
from services.chassis.secrets.installation import Secrets
from services.local import leftovers
from services.local.cluster import ADMIN, binary, check_reach, initialise
from services.local.lock import AlreadyRunning
from services.local.processes import CannotStart, Child, Identity, unprivileged
from services.local.socket_folder import PORT, prepare, socket_folder

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

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "600"}
"""The settings of a test's server, which many systems share and whose data may be lost when the machine fails."""


class PostgresServer:
    """One PostgreSQL on one data folder."""

    def __init__(self, data: Path, secrets: Secrets, *, durable: bool = True) -> None:
        self.data = data.resolve()
        self._settings = SETTINGS if durable else SETTINGS | NOT_DURABLE
        self.folder = self.data / "postgres"
        self.socket_folder = socket_folder(self.data)
        self._aside = self.data / "postgres.new"
        self._pid_file = self.folder / "postmaster.pid"
        self._log = self.data / "postgres.log"
        self._password = secrets.postgres_admin
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

    async def clear_leftovers(self) -> None:
        """Stops what a killed parent left; call it only with the data folder's lock."""
        await leftovers.clear(self._pid_file, "initdb", self._aside, politely=signal.SIGTERM, firmly=signal.SIGKILL)
        await leftovers.clear(self._pid_file, "postgres", self.folder, politely=signal.SIGINT, firmly=signal.SIGQUIT)
        if leftovers.names_a_stranger(self._pid_file, "postgres"):
            self._pid_file.unlink()

    async def start(self) -> None:
        """Starts the server and returns when it answers; initialises the folder the first time."""
        with leftovers.running(self._pid_file, "postgres", self.folder) as found:
            if found:
                raise AlreadyRunning(self.folder, str(found[0]))
        identity = unprivileged()
        private_folder(self.data)
        if identity.foreign:
            check_reach(identity, self.data)
        prepare(self.socket_folder, identity, data=self.folder)
        try:
            if not self.folder.exists():
                await initialise(self.folder, self._aside, self._password, log=self._log, identity=identity)
            self._child = self._spawn(identity)
            await self._child.ready(self._answers)
        except BaseException:
            await self.stop()
            shutil.rmtree(self.socket_folder, ignore_errors=True)
            raise

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self._child is not None:
            await self._child.stop(signal.SIGINT, patience=20, firmly=signal.SIGQUIT)
            self._child = None
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _spawn(self, identity: Identity) -> Child:
        settings = self._settings | {"unix_socket_directories": f'"{self.socket_folder}"'}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(binary("postgres")), "-D", str(self.folder), *options]
        return Child(command, log=self._log, folder=self.folder, identity=identity)

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
            raise CannotStart(f"{self.folder} was made with other secrets: bring its installation.json back") from None
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True
