"""What this machine gives the program: Python, files, memory, disks, time zones."""

import platform
import resource
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.chassis.clock import MEXICO
from services.chassis.private_files import UnsafeSecretsError
from services.chassis.secrets.folder import backup_folder, keys_folder
from services.doctor.domain import Code, Found, Why, holds, judged, unseen, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look

OLDEST_PYTHON = (3, 11)
ENOUGH_FILES = 1_024
"""Open files that a process may have: a connection each, and a few hundred for the rest."""
ENOUGH_MEMORY = 1 << 30
ENOUGH_LEFT = 200 << 20
TWICE = 2
"""So many times the share at which flow fails must be free, or there is a warning."""
GIGABYTE = 1e9


async def program(_ground: Ground) -> list[Found]:
    """The program's version, and Python's."""
    said = {"version": version("canaliza"), "python": platform.python_version()}
    return [judged(Code.PROGRAM, sys.version_info >= OLDEST_PYTHON, **said)]


async def open_files(_ground: Ground) -> list[Found]:
    """How many files a process may open."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    enough = most >= ENOUGH_FILES or most == resource.RLIM_INFINITY
    return [(holds if enough else warns)(Code.OPEN_FILES, number=most, least=ENOUGH_FILES)]


async def memory(_ground: Ground) -> list[Found]:
    """The machine's memory, and what is left of it."""
    lines = (line.split() for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())  # noqa: ASYNC240
    kilobytes = {line[0].rstrip(":"): int(line[1]) for line in lines}
    whole, left = kilobytes["MemTotal"] << 10, kilobytes["MemAvailable"] << 10
    enough = whole >= ENOUGH_MEMORY and left >= ENOUGH_LEFT
    return [(holds if enough else warns)(Code.MEMORY, whole=_gb(whole), left=_gb(left))]


async def core_dumps(ground: Ground) -> list[Found]:
    """Whether the embedded servers, which hold what is clear in memory, write it to disk when they crash."""
    if not ground.by_itself:
        return [unseen(Code.CORE_DUMPS, Why.ELSEWHERE)]
    pids = list(_embedded(ground.settings.data))
    if not pids:
        return [unseen(Code.CORE_DUMPS, Why.NOT_RUNNING)]
    return [judged(Code.CORE_DUMPS, all(_dumps_nothing(pid) for pid in pids))]


async def time_zones(_ground: Ground) -> list[Found]:
    """Whether this machine knows the zone in which deadlines are told."""
    try:
        ZoneInfo(MEXICO.key)
    except ZoneInfoNotFoundError:
        return [judged(Code.TIME_ZONES, good=False, zone=MEXICO.key)]
    return [holds(Code.TIME_ZONES, zone=MEXICO.key)]


async def disks(ground: Ground) -> list[Found]:
    """What is free where data, keys and their copies are."""
    settings = ground.settings
    wanted = [settings.data] if ground.by_itself else []
    with suppress(UnsafeSecretsError):
        wanted.append(keys_folder(settings.data, settings.keys))
        wanted.append(backup_folder(settings.data, settings.keys, settings.keys_backup))
    found = [_disk(path, settings.flow_disk_free) for path in wanted if path.exists()]
    return found or [unseen(Code.DISK, Why.NO_KEYS_HERE)]


def _disk(path: Path, least: float) -> Found:
    usage = shutil.disk_usage(path)
    share = usage.free / usage.total
    said = {"percent": round(share * 100), "free": _gb(usage.free)}
    if share < least:
        return judged(Code.DISK, good=False, about=str(path), **said)
    return (holds if share >= TWICE * least else warns)(Code.DISK, str(path), **said)


def _embedded(data: Path) -> Iterator[int]:
    for file in (data / "postgres" / "postmaster.pid", data / "nats" / "nats.pid"):
        with suppress(OSError, ValueError):
            pid = int(file.read_text(encoding="ascii").split("\n", 1)[0])
            if Path(f"/proc/{pid}/limits").exists():
                yield pid


def _dumps_nothing(pid: int) -> bool:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
        return any(line.startswith("Max core file size") and line.split()[4] == "0" for line in lines)
    return True


def _gb(size: int) -> str:
    return f"{size / GIGABYTE:.1f} GB"


LOOKS: Sequence[Look] = (
    Look((Code.PROGRAM,), program, from_elsewhere=True),
    Look((Code.OPEN_FILES,), open_files),
    Look((Code.MEMORY,), memory),
    Look((Code.CORE_DUMPS,), core_dumps),
    Look((Code.TIME_ZONES,), time_zones),
    Look((Code.DISK,), disks),
)
