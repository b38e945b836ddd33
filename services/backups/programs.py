"""Runs PostgreSQL's own programs; a password reaches them in a file, never on a command line or in the environment."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from services.backups.refusals import RefusedError
from services.chassis.private_files import write_private
from services.local.cluster import binary

ROWS = "row-level security"
FULL = ("No space left on device", "Disk quota exceeded")


async def run_program(name: str, *words: str, dsn: str | None = None) -> str:
    """Runs a program of PostgreSQL to its end. Returns what it said. ``dsn``: where it connects to.

    Raises:
        RefusedError: it failed.
    """
    with _service_file(dsn) as also:
        asks_nobody = () if dsn is None else ("--no-password",)
        environment = os.environ | also  # what the DSN leaves open may be in libpq's own variables (PGPASSFILE)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            str(binary(name)),
            *asks_nobody,
            *words,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
        )
        try:
            said, complained = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
    if process.returncode != 0:
        raise _refusal(name, complained.decode(errors="replace").strip())
    return said.decode(errors="replace")


def _refusal(name: str, complained: str) -> RefusedError:
    if any(words in complained for words in FULL):
        return RefusedError("El disco del respaldo está lleno; no queda nada a medias.", "The backup's disk is full.")
    if ROWS in complained:
        return RefusedError(
            "El rol de CANALIZA_POSTGRES_DSN no ve toda fila: necesita REPLICATION (una copia) o BYPASSRLS (--dump).",
            "That role does not see every row: it needs REPLICATION (a copy) or BYPASSRLS (--dump).",
        )
    lines = complained.splitlines() or ["?"]
    why = next((line for line in lines if "error:" in line), lines[-1])
    return RefusedError(f"{name} no terminó: {why}", f"{name} failed.")


@contextmanager
def _service_file(dsn: str | None) -> Iterator[dict[str, str]]:
    """The environment by which libpq finds the DSN in a file that only its owner reads."""
    if dsn is None:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="canaliza-") as folder:
        path = Path(folder) / "service.conf"
        lines = [f"{name}={value}" for name, value in connection_parameters(dsn).items()]
        write_private(path, "\n".join(["[canaliza]", *lines]) + "\n")
        yield {"PGSERVICEFILE": str(path), "PGSERVICE": "canaliza"}


def connection_parameters(dsn: str) -> dict[str, str]:
    """Libpq's parameters of a DSN: a URL with user, password, servers, database and further parameters."""
    parts = urlsplit(dsn)
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    servers = [_server(one) for one in where.split(",")] if where else []
    found = {
        "user": unquote(user),
        "password": unquote(password),
        "dbname": unquote(parts.path.lstrip("/")),
        "host": ",".join(host for host, _ in servers),
        "port": ",".join(port for _, port in servers) if any(port for _, port in servers) else "",
    }
    found |= dict(parse_qsl(parts.query))
    return {name: value for name, value in found.items() if value}


def _server(written: str) -> tuple[str, str]:
    if written.startswith("["):
        host, _, port = written[1:].partition("]")
        return host, port.lstrip(":")
    host, _, port = written.partition(":")
    return unquote(host), port
