"""The topology of ``deploy/compose.yaml`` as processes of this machine: the same words, settings, folders and proxy.

What stands in for another machine is exchanged and nothing else: where the servers are, and on which port a service is.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from services.chassis.names import SERVICES
from services.chassis.private_files import private_folder, write_private
from services.chassis.secrets.folder import EPOCHS_FILE, SERVICE_FILE
from services.system import Installation
from tests.support.system.compose import compose, mounts
from tests.support.system.ports import free_port
from tests.support.system.proxying import HERE, Proxied, proxying
from tests.support.system.system import eventually

ROOT = Path(__file__).parents[3]
CANALIZA = "from services.cli import main; main()"


@dataclass
class Composed:
    """Four services behind the proxy."""

    installation: Installation
    folder: Path
    public_url: str
    proxied: Proxied | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def proxy(self) -> Proxied:
        """The running proxy."""
        assert self.proxied is not None
        return self.proxied

    def start(self, service: str) -> None:
        """Starts a service with the words and settings of its container."""
        container = compose()["services"][service]
        with (self.folder / f"{service}.log").open("ab") as said:
            self.processes[service] = subprocess.Popen(
                [sys.executable, "-c", CANALIZA, *container["command"]],
                cwd=ROOT,
                env=self._environment(service),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def said_by(self, service: str) -> str:
        """What a service has written."""
        return (self.folder / f"{service}.log").read_text(encoding="utf-8")

    def _environment(self, service: str) -> dict[str, str]:
        settings = self.installation.settings
        assert settings.postgres_dsn is not None
        (place,) = (each for each in mounts(service) if each.startswith("/keys"))
        here = {
            "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
            "CANALIZA_NATS_URL": settings.nats_url or "",
            "CANALIZA_KEYS": str(self._keys_of(service, place)),
            "CANALIZA_HOST": "127.0.0.1",
            "CANALIZA_PORT": "0",
            "CANALIZA_PROXIES": "127.0.0.1",
            "CANALIZA_METRICS_HOST": "127.0.0.1",
            "CANALIZA_METRICS_PORT": "0",
            "CANALIZA_PUBLIC_URL": self.public_url,
        }
        given = compose()["services"][service]["environment"]
        assert set(here) <= set(given)
        given = {name: value for name, value in given.items() if name not in {*here, "SSL_CERT_FILE"}}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
        ours = {"CANALIZA_NAMESPACE": settings.namespace, "CANALIZA_DATA": str(self.folder / "data")}
        return kept | given | here | ours | {"NO_COLOR": "1", "COLUMNS": "200"}

    def _keys_of(self, service: str, place: str) -> Path:
        """A folder in which the service's own lies where it is mounted, and no other."""
        keys = self.folder / service / "keys"
        own = keys / Path(place).relative_to("/keys")
        if not own.exists():
            for each in (keys, own):
                private_folder(each)
            secrets = self.installation.secrets.of(service)
            write_private(own / SERVICE_FILE, secrets.file())
            write_private(own / EPOCHS_FILE, secrets.epochs_file())
        return keys

    async def close(self) -> None:
        """Ends every process."""
        for process in self.processes.values():
            process.kill()
            await asyncio.to_thread(process.wait)


@asynccontextmanager
async def composed(installation: Installation, folder: Path) -> AsyncIterator[Composed]:
    """The services and the proxy, ready."""
    port = free_port()
    everything = Composed(installation, folder, f"https://{HERE}:{port}")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(everything.close)
        for service in SERVICES:
            everything.start(service)
        for service in SERVICES:
            everything.ports[service] = await eventually(lambda service=service: _port(everything, service))  # type: ignore[misc]
        (folder / "proxy").mkdir()
        everything.proxied = await stack.enter_async_context(
            proxying(folder / "proxy", everything.ports, site="container.conf", port=port)
        )
        async with everything.proxy.client() as client:
            for service in SERVICES:
                await eventually(lambda service=service: _ready(client, service))  # type: ignore[misc]
        yield everything


async def _port(everything: Composed, service: str) -> int:
    text = everything.said_by(service)
    assert everything.processes[service].poll() is None, text
    found = re.search(rf"^{service}: http://[^:]+:(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


async def _ready(client: httpx2.AsyncClient, service: str) -> bool:
    return (await client.get(f"/services/{service}/health/ready")).status_code == 200
