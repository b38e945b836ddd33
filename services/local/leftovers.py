"""Ends servers that a killed parent left running. Only a process recognised as ours is signalled.

A pid in a file may have been reused, so a pidfd is opened before the process is inspected: the signal then reaches the
process that was recognised.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.local.processes import POLL, CannotStart


@contextmanager
def running(pid_file: Path, program: str, folder: Path) -> Iterator[tuple[int, int] | None]:
    """Pid and pidfd of the live process a pid file names, if it is this program at work in this folder."""
    pid = _pid_in(pid_file)
    if pid is None or not _alive(pid):
        yield None
        return
    if sys.platform != "linux":
        raise CannotStart(f"{pid_file} names process {pid}: if it is a {program}, stop it; then remove the file")
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        yield None
        return
    try:
        yield (pid, pidfd) if _is(pid, program, folder) else None
    finally:
        os.close(pidfd)


async def clear(
    pid_file: Path, program: str, folder: Path, *, politely: signal.Signals, firmly: signal.Signals
) -> None:
    """Stops what a dead parent left running in this folder and waits until it has ended."""
    with running(pid_file, program, folder) as found:
        if found:
            _, pidfd = found
            signal.pidfd_send_signal(pidfd, politely)
            if not await _empty(folder, program, within=20):
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(pidfd, firmly)
    if not await _empty(folder, program, within=10):
        raise CannotStart(f"a {program} still works in {folder} and does not end: stop it first")


async def end_everything(folder: Path) -> None:
    """Kills whatever works in a folder of ours that is of no use by itself, with what it has begun meanwhile."""
    for _ in range(int(10 / POLL)):
        found = _working_in(folder)
        if not found:
            return
        for pid in found:
            _kill(pid, folder)
        await asyncio.sleep(POLL)
    raise CannotStart(f"something still works in {folder} and does not end: stop it first")


def _working_in(folder: Path) -> list[int]:
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if _works_in(int(each.name), folder)]


def _kill(pid: int, folder: Path) -> None:
    with suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        try:
            if _works_in(pid, folder):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        finally:
            os.close(pidfd)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False


async def _empty(folder: Path, program: str, *, within: float) -> bool:
    for _ in range(int(within / POLL)):
        if not _at_work(folder, program):
            return True
        await asyncio.sleep(POLL)
    return False


def names_a_stranger(pid_file: Path, program: str) -> bool:
    """Whether the pid now belongs to another program, for example after a restart of the machine."""
    pid = _pid_in(pid_file)
    return sys.platform == "linux" and pid is not None and _alive(pid) and _name(_arguments(pid)) != program


def _at_work(folder: Path, program: str) -> bool:
    return any(_is(int(each.name), program, folder) for each in Path("/proc").glob("[0-9]*"))


def _pid_in(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is(pid: int, program: str, folder: Path) -> bool:
    """Whether a process is this program working in this folder; PostgreSQL's children count.

    Where another user's working folder may not be read, the command line decides.
    """
    arguments = _arguments(pid)
    if _name(arguments) != program:
        return False
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except PermissionError:
        return any(each in arguments for each in (str(folder), str(folder / "nats.conf")))
    except OSError:
        return False


def _arguments(pid: int) -> list[str]:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except OSError:
        return []


def _name(arguments: list[str]) -> str:
    """The program's name; PostgreSQL's children call themselves ``postgres: checkpointer``."""
    return Path(arguments[0].split(": ")[0]).name if arguments else ""
