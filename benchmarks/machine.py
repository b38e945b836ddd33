"""What the figures depend on (machine, disk, versions, settings), and the resources that processes use."""

import importlib.metadata
import os
import platform
import re
import time
from pathlib import Path
from subprocess import run
from tempfile import NamedTemporaryFile
from typing import Any

import asyncpg

from benchmarks.ground import Ground
from services.local.cluster import binary

LIBRARIES = ("asyncpg", "nats-py", "faststream", "eventsourcing", "psycopg", "pydantic", "fastapi", "uvicorn")
SETTINGS = (
    "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers", "max_wal_size", "jit",
    "max_connections",
)  # fmt: skip
TICKS = os.sysconf("SC_CLK_TCK")


async def environment(ground: Ground, *, quick: bool) -> dict[str, Any]:
    """The machine and the servers, as they are during this run."""
    connection = await asyncpg.connect(ground.servers.postgres_dsn)
    try:
        settings = {name: await connection.fetchval("select current_setting($1)", name) for name in SETTINGS}
        postgres = await connection.fetchval("show server_version")
    finally:
        await connection.close()
    async with ground.jetstream_administrator() as client:
        nats_version = str(client.connected_server_version).strip("<>").rpartition(" v")[2]
    return {
        "cpu": _first("/proc/cpuinfo", r"model name\s*: (.*)") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(_first("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0) / 2**20, 1),
        "kernel": platform.release(),
        "filesystem": _filesystem(ground.folder),
        "python": platform.python_version(),
        "postgresql": postgres,
        "nats-server": nats_version,
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "postgresql_settings": settings,
        "jetstream_sync_interval": "2 min (the default: JetStream is a copy, PostgreSQL is the truth)",
        "fsync": fdatasync_loop(ground.folder) if quick else pg_test_fsync(ground.folder),
    }


def pg_test_fsync(folder: Path) -> dict[str, Any]:
    """Operations a second of one 8 kB write at a time, by method, from ``pg_test_fsync``."""
    file = folder / "pg_test_fsync"
    completed = run([binary("pg_test_fsync"), "-s", "1", "-f", file], capture_output=True, text=True, check=True)  # noqa: S603 - from the wheel
    first = completed.stdout.split("two 8kB writes")[0]
    found = re.findall(r"^\s+(\w+)\s+([\d.]+) ops/sec", first, re.MULTILINE)
    return {"program": "pg_test_fsync", **{method: float(rate) for method, rate in found}}


def fdatasync_loop(folder: Path, seconds: float = 0.5) -> dict[str, Any]:
    """The same, measured here for half a second with ``fdatasync``."""
    block, done = bytes(8192), 0
    with NamedTemporaryFile(dir=folder) as file:
        file.write(bytes(2**20))
        os.fsync(file.fileno())
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            os.pwrite(file.fileno(), block, 0)
            os.fdatasync(file.fileno())
            done += 1
    return {"program": "a loop of ours (pg_test_fsync in a full run)", "fdatasync": round(done / seconds)}


def memory_mb(pid: int) -> float:
    """The proportional set size of a process, in MB (10^6 bytes)."""
    return int(_first(f"/proc/{pid}/smaps_rollup", r"Pss:\s*(\d+)") or 0) * 1024 / 1e6


def cpu_seconds(pid: int) -> float:
    """Processor time of a process with all its children, those that ended included."""
    return sum(_own_seconds(one) for one in (pid, *_descendants(pid)))


def _own_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def _descendants(pid: int) -> list[int]:
    try:
        children = [
            int(child)
            for tasks in Path(f"/proc/{pid}/task").iterdir()
            for child in (tasks / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [one for child in children for one in (child, *_descendants(child))]


def _first(path: str, pattern: str) -> str | None:
    try:
        found = re.search(pattern, Path(path).read_text())
    except OSError:
        return None
    return found and found[1].strip()


def _filesystem(folder: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    fits = [mount for mount in mounts if folder.resolve().is_relative_to(mount[1])]
    return max(fits, key=lambda mount: len(mount[1]))[2]
