"""The real nginx with the proxy's own files, in front of whatever listens on the ports that a test names."""

import asyncio
import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.support.fakes.certificates import Authority
from tests.support.system.ports import free_port
from tests.support.system.system import HANG, SHORT, eventually

DEPLOY = Path(__file__).parents[3] / "deploy"
PROXY = DEPLOY / "proxy"
NAME = "canaliza.example"
"""The name in the proxy's files."""
HERE = "localhost"
"""The name that the tests give it, which every machine knows."""
ALSO = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", f"{sys.prefix}/nginx/usr/sbin/nginx")
"""Where it lies although nobody's PATH says so: the system's, and what ``make nginx`` unpacks."""
MISSING = "The tests of the proxy need nginx: make nginx (or, as root: apt-get install nginx-light)."


class NoNginxError(RuntimeError):
    """There is no nginx on this machine; the message says how to get one."""


def nginx() -> str:
    """The path of the server.

    Raises:
        NoNginxError: there is none.
    """
    found = shutil.which("nginx") or next((path for path in ALSO if Path(path).exists()), None)
    if found is None:
        raise NoNginxError(MISSING)
    return found


@dataclass(frozen=True, slots=True)
class Proxied:
    """A running proxy."""

    port: int
    plain_port: int
    ca: Path
    """The authority that signed its certificate."""
    said: Path
    """What it wrote."""

    def client(self, **headers: str) -> httpx2.AsyncClient:
        """A client that trusts that authority and no other."""
        trusting = ssl.create_default_context(cafile=str(self.ca))
        return httpx2.AsyncClient(base_url=self.url, verify=trusting, headers=headers, timeout=HANG, limits=SHORT)

    @property
    def url(self) -> str:
        """Its address, by the name that its certificate has."""
        return f"https://{HERE}:{self.port}"


def laid_out(folder: Path, site: str, ports: Mapping[str, int], listening: Mapping[str, int]) -> None:
    """Copies the proxy's files; of the one that an operator edits, only addresses and ports are changed."""
    for name in ("canaliza.conf", "routes.conf"):
        shutil.copy(PROXY / name, folder / name)
    text = (PROXY / site).read_text()
    for service, port in ports.items():
        text, changed = re.subn(rf"(upstream {service}\s+{{ server )[\w.:]+;", rf"\g<1>127.0.0.1:{port};", text)
        assert changed == 1, f"{site} has no group {service}"
    for before, port in listening.items():
        text, changed = re.subn(rf"listen(\s+){before}\b", rf"listen\g<1>127.0.0.1:{port}", text)
        assert changed, f"{site} does not listen on {before}"
    (folder / site).write_text(text.replace(NAME, HERE))


@asynccontextmanager
async def proxying(
    folder: Path,
    ports: Mapping[str, int],
    *,
    site: str = "container.conf",
    authority: Authority | None = None,
    port: int | None = None,
) -> AsyncIterator[Proxied]:
    """nginx in front of services on these ports of loopback, in a folder of its own.

    ``port``: where it listens by TLS, if the services were told so already.
    """
    program = nginx()
    secure, plain = ("443", "80") if site == "nginx.conf" else ("8443", "8080")
    proxied_ports = {secure: port or free_port(), plain: free_port()}
    authority = authority or Authority(folder)
    files = authority.files(HERE)
    for name in ("run", "tls"):
        (folder / name).mkdir()
    for name in ("proxy.pem", "tls.crt"):
        shutil.copy(files.cert, folder / "tls" / name)
    for name in ("proxy.key", "tls.key"):
        shutil.copy(files.key, folder / "tls" / name)
    shutil.copy(authority.ca, folder / "tls" / "ca.crt")
    if not (folder / "openapi.json").exists():
        (folder / "openapi.json").write_text("{}\n")
    laid_out(folder, site, ports, proxied_ports)
    command = [program, "-p", f"{folder}/", "-c", site]
    root = os.geteuid() == 0
    tried = subprocess.run([*command, "-t"], check=False, capture_output=True, text=True)  # noqa: ASYNC221
    assert tried.returncode == 0, tried.stderr
    directives = "daemon off;" + (" user root;" if root else "")  # its folder is nobody else's
    log = folder / "nginx.log"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: ASYNC220 - only its start blocks, for a moment
            [*command, "-g", directives], stdout=said, stderr=said, stdin=subprocess.DEVNULL
        )

    async def listens() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", proxied_ports[plain])
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(listens)
        yield Proxied(proxied_ports[secure], proxied_ports[plain], authority.ca, log)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
