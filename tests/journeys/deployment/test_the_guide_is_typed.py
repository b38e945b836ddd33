"""The operator's guide from an empty machine to a system that answers: its commands, typed as they stand.

What the guide says to edit is edited in a copy of ``deploy/``: ports, folders, the name.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.chassis.secrets.installation import Secrets
from services.local import cluster, postmaster
from services.local.postgres import PostgresServer
from tests.support.fakes.certificates import Authority
from tests.support.guides import commands
from tests.support.system.ports import free_port
from tests.support.system.proxying import DEPLOY, HERE, NAME, nginx
from tests.support.system.system import eventually

pytestmark = pytest.mark.faults

ROOT = DEPLOY.parent
PASSWORD = "of-a-test"  # noqa: S105 - of a database that ends with it
OWN_PORTS = ("8081", "8082", "8083", "8084", "4222", "5432")
"""The ports of the files in ``deploy/``, each exchanged for one that is free here."""


@pytest.fixture
async def database_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[PostgresServer, int]]:
    """A PostgreSQL of somebody's own, with the two files of ``deploy/postgres``. The wheel's cannot speak TLS."""
    port = free_port()
    given = {
        "config_file": str(DEPLOY / "postgres" / "durable.conf"),
        "hba_file": str(DEPLOY / "postgres" / "pg_hba.conf"),
        "listen_addresses": "127.0.0.1",
        "port": str(port),
    }
    durable = {line.split(" = ")[0] for line in (DEPLOY / "postgres" / "durable.conf").read_text().splitlines()}
    kept = {name: value for name, value in postmaster.SETTINGS.items() if name not in durable}
    monkeypatch.setattr(postmaster, "SETTINGS", kept | given)
    monkeypatch.setattr(postmaster, "PORT", port)
    server = PostgresServer(tmp_path / "postgres", Secrets.load_or_create(tmp_path / "of-postgres"))
    await server.start()
    try:
        yield server, port
    finally:
        await server.stop()


async def prepared(server: PostgresServer) -> None:
    """As a server is before canaliza comes."""
    connection = await asyncpg.connect(server.dsn, database="postgres")
    try:
        await connection.execute("drop database canaliza")
    finally:
        await connection.close()


async def given_a_password(server: PostgresServer) -> None:
    """What psql asks for, and what stands in no command."""
    connection = await asyncpg.connect(server.dsn, database="postgres")
    try:
        await connection.execute(f"alter role canaliza_migrator password '{PASSWORD}'")
        faults = await connection.fetch("select line_number, error from pg_hba_file_rules where error is not null")
        assert [row["error"] for row in faults if "SSL is not supported by this build" not in row["error"]] == []
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval("select current_setting($1)", name) == "on"
    finally:
        await connection.close()


def edited(folder: Path, database_port: int, proxy_port: int) -> None:
    """A copy of ``deploy/`` with what the guide says to edit."""
    shutil.copytree(DEPLOY, folder / "deploy", ignore=shutil.ignore_patterns("kubernetes", "keys", "tls"))
    ports = {port: str(free_port()) for port in OWN_PORTS} | {"5432": str(database_port)}
    files = [*(folder / "deploy" / "systemd").glob("*.env"), folder / "deploy" / "proxy" / "nginx.conf"]
    for path in files:
        text = re.sub(r"\b(\d{4})\b", lambda found: ports.get(found[1], found[1]), path.read_text())
        text = text.replace(f"https://{NAME}", f"https://{HERE}:{proxy_port}").replace(NAME, HERE)
        for place in ("/var/lib", "/var/backups"):
            text = text.replace(place, str(folder / Path(place).name))
        text = text.replace("listen      443", f"listen      127.0.0.1:{proxy_port}")
        path.write_text(text.replace("listen      80 ", f"listen      127.0.0.1:{free_port()} "))
    for name in ("lib/canaliza", "lib/canaliza-nats", "backups", "deploy/proxy/tls"):
        (folder / name).mkdir(parents=True)
    authority = Authority(folder)
    proxy = authority.files(HERE)
    shutil.copy(proxy.cert, folder / "deploy" / "proxy" / "tls" / "proxy.pem")
    shutil.copy(proxy.key, folder / "deploy" / "proxy" / "tls" / "proxy.key")
    given = folder / "lib" / "canaliza" / "pgpass"
    given.touch(mode=0o600)
    given.write_text(f"127.0.0.1:{database_port}:canaliza:canaliza_migrator:{PASSWORD}\n")


class Terminal:
    """A shell in which one command after another is typed; what it started ends with it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._said = (folder / "terminal.log").open("wb")
        self._shell = subprocess.Popen(
            ["bash", "-eu"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=self._said,
            stderr=self._said,
            start_new_session=True,
        )
        self._typed = 0

    @property
    def said(self) -> str:
        return (self._folder / "terminal.log").read_text()

    async def type(self, text: str) -> None:
        """Types lines and waits until the shell is through with them."""
        assert self._shell.stdin is not None
        self._typed += 1
        done = self._folder / f"done-{self._typed}"
        self._shell.stdin.write(f"{text}\ntouch {done}\n".encode())
        self._shell.stdin.flush()

        async def through() -> bool:
            assert self._shell.poll() is None, self.said
            return done.exists()

        await eventually(through)

    def close(self) -> None:
        os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait()
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._said.close()


async def test_from_an_empty_machine_to_a_system_that_answers(
    database_server: tuple[PostgresServer, int], tmp_path: Path
) -> None:
    server, database_port = database_server
    await prepared(server)
    folder = tmp_path / "operator"
    folder.mkdir()
    edited(folder, database_port, free_port())
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CANALIZA_", "PG"))} | {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{cluster.binary('psql').parent}:{Path(nginx()).parent}:{os.environ['PATH']}",
        "PGHOST": str(server.socket_folder),
        "PGPORT": str(database_port),
        "PGUSER": cluster.ADMIN,
        "PGDATABASE": "postgres",
        "PGPASSWORD": server._password,
        "SSL_CERT_FILE": str(folder / "ca.pem"),
    }
    terminal = Terminal(folder, environment)
    try:
        for text in commands("operator.md", "PostgreSQL"):
            await terminal.type(text)
        await given_a_password(server)
        await terminal.type("unset PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD")
        for text in commands("operator.md", "NATS of your own"):
            await terminal.type(text)
        assert "al día" in terminal.said, terminal.said
        for text in commands("operator.md", "The four services"):
            await terminal.type(text)

        async def four() -> bool:
            return len(re.findall(r"^(?:intake|referral|notifications|audit): http", terminal.said, re.MULTILINE)) == 4

        await eventually(four)
        (proxy,) = commands("operator.md", "The proxy and TLS")
        await terminal.type(proxy.replace('nginx -p "$PWD/deploy/proxy/" -c nginx.conf\n', started(folder)))
        assert "\nready\n" in terminal.said
        assert "0 en espera · parked" in terminal.said
    finally:
        terminal.close()


def started(folder: Path) -> str:
    """The proxy's start, so that it ends with the terminal; and, as root, with the right to the test's folder."""
    user = "user root; " if os.geteuid() == 0 else ""
    wait = f"until test -s {folder}/deploy/proxy/run/nginx.pid; do sleep 0.1; done\n"
    return f"nginx -p {folder}/deploy/proxy/ -c nginx.conf -g '{user}daemon off;' &\n{wait}"
