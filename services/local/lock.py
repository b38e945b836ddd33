"""A lock that gives each data folder one owner. The kernel releases it when its owner dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):  # noqa: N818
    """Another process uses this data folder."""

    def __init__(self, data: Path, pid: str) -> None:
        super().__init__(f"{data} is in use by process {pid}: stop that one first, or choose another folder")
        self.pid = pid


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Locks the folder for the context. Child processes do not inherit the lock."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(data, os.read(descriptor, 32).decode().strip() or "unknown") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
