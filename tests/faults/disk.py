"""A disk that is small enough to fill: a temporary file system of its own."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEBIBYTE = 1 << 20


class NotPossibleHereError(Exception):
    """This user may not mount anything, not even in a namespace of its own."""


@contextmanager
def small_disk(mebibytes: int = 320) -> Iterator[Path]:
    """An empty file system of that size.

    Raises:
        NotPossibleHereError: mounting is not allowed.
    """
    folder = Path(tempfile.mkdtemp(prefix="cz-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0711", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
        if not mounted:
            raise NotPossibleHereError
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(folder: Path) -> Path:
    """Takes all the room that is left; removing the file that it returns gives it back."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        while (free := shutil.disk_usage(folder).free) > 0:
            file.write(bytes(min(free, MEBIBYTE)))
            file.flush()
    return ballast
