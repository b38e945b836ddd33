"""One owner for each data folder. The kernel drops the lock when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):  # noqa: N818
    """Somebody else runs on this data folder."""

    def __init__(self, data: Path, pid: str) -> None:
        super().__init__(f"{data} is in use by process {pid}: stop that one first, or choose another folder")
        self.pid = pid


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the folder. The children do not inherit the lock: whoever outlives its parent holds nothing."""
    held = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(data, os.read(held, 32).decode().strip() or "unknown") from None
        os.ftruncate(held, 0)
        os.write(held, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(held)
