"""An embedded PostgreSQL: private unix socket, password authentication, never as root."""

import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from services.chassis.private_files import UnsafeSecretsError, private_folder
from services.chassis.secrets.installation import Secrets
from services.local import leftovers
from services.local.cluster import VERSION, check_reach, initialise, version_of
from services.local.lock import AlreadyRunning
from services.local.postmaster import Postmaster
from services.local.processes import unprivileged
from services.local.socket_folder import prepare, socket_folder
from services.local.upgrading import Upgrade


class PostgresServer:
    """One PostgreSQL on one data folder. A folder of the version before is upgraded when it is started."""

    def __init__(
        self,
        data: Path,
        secrets: Secrets,
        *,
        keys: Path | None = None,
        durable: bool = True,
        version: int = VERSION,
        archive: Path | None = None,
    ) -> None:
        """``keys``: the folder of the secrets, if it is not the one beside the data.

        ``version``: another than the program's only to make, or go on with, a folder of that version.
        ``archive``: the folder that every segment of WAL is copied to; ``None``: none is.
        """
        self._keys = keys
        self._archive = archive
        self.data = data.resolve()
        self.folder = self.data / "postgres"
        self.socket_folder = socket_folder(self.data)
        self._aside = self.data / "postgres.new"
        self._pid_file = self.folder / "postmaster.pid"
        self._log = self.data / "postgres.log"
        self._password = secrets.postgres_admin
        self._version, self._durable = version, durable
        self._postmaster = self._of(self.folder, version)
        self._upgrade = Upgrade(self.data, self._of, version, self._password, log=self._log)

    @property
    def dsn(self) -> str:
        """The administrator's DSN with the password."""
        return self._postmaster.dsn

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        return self._postmaster.pid

    async def ended(self) -> int:
        """Waits until it ends by itself; its exit code."""
        return await self._postmaster.over()

    def said(self) -> str:
        """The end of its log, which tells why it does not run."""
        return self._log.read_text(errors="replace")[-500:].strip() if self._log.exists() else ""

    async def clear_leftovers(self) -> None:
        """Stops what a killed parent left; call it only with the data folder's lock."""
        await leftovers.clear(self._pid_file, "initdb", self._aside, politely=signal.SIGTERM, firmly=signal.SIGKILL)
        await self._upgrade.clear_leftovers()
        await leftovers.clear(self._pid_file, "postgres", self.folder, politely=signal.SIGINT, firmly=signal.SIGQUIT)
        if leftovers.names_a_stranger(self._pid_file, "postgres"):
            self._pid_file.unlink()

    async def start(self) -> None:
        """Starts the server and returns when it answers; initialises the folder the first time.

        Raises:
            AlreadyRunning: a server runs on the folder.
            CannotStart: it did not start, or the folder is of a version that this program does not start or upgrade.
        """
        with leftovers.running(self._pid_file, "postgres", self.folder) as found:
            if found:
                raise AlreadyRunning(self.folder, str(found[0]))
        identity = unprivileged()
        private_folder(self.data)
        if identity.foreign:
            check_reach(identity, self.data)
        prepare(self.socket_folder, identity, data=self.folder)
        if self._archive is not None:
            private_folder(self._archive)
            if identity.foreign:
                os.chown(self._archive, identity.uid, identity.gid)
        try:
            self._upgrade.go_on()
            if not self.folder.exists():
                await initialise(
                    self.folder, self._aside, self._password, log=self._log, identity=identity, version=self._version
                )
            elif version_of(self.folder) != self._version:
                await self._upgrade.run(identity)
            await self._postmaster.start(identity)
        except BaseException:
            await self.stop()
            shutil.rmtree(self.socket_folder, ignore_errors=True)
            raise

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        await self._postmaster.stop()
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _of(self, folder: Path, version: int) -> Postmaster:
        return Postmaster(
            folder,
            self.socket_folder,
            self._password,
            log=self._log,
            version=version,
            durable=self._durable,
            in_file=self._in_file,
            archive=self._archive,
        )

    def _in_file(self) -> Sequence[str]:
        """The administrator's password as the file has it now, and the one that was being replaced."""
        with suppress(UnsafeSecretsError):
            return Secrets.load(self.data, self._keys).all_of("postgres_admin")
        return ()
