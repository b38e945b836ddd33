"""Builds the wheel so that the same commit gives the same bytes, whoever builds it and where."""

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ("events", "services", "pyproject.toml", "README.md", "LICENSE")
"""What the wheel is made of."""
NOT_SOURCES = shutil.ignore_patterns("__pycache__", "*.pyc")


class NotReproducibleError(RuntimeError):
    """Two builds of the same sources differ."""


def build(into: Path, *, epoch: int, umask: int = 0o022, zone: str = "UTC") -> Path:
    """Builds the wheel from a copy of the sources in a folder of its own, and returns its path.

    ``epoch``: the time of every file in it, in seconds (``SOURCE_DATE_EPOCH``).
    """
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "sources"
        copied.mkdir()
        for name in SOURCES:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copied / name, ignore=NOT_SOURCES)
            else:
                shutil.copy(source, copied / name)
        command = [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
            *("--wheel-dir", str(into), str(copied)),
        ]
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(epoch), "TZ": zone}
        subprocess.run(command, check=True, env=environment, umask=umask)  # noqa: S603 - our own program
    [built] = into.glob("canaliza-*.whl")
    return built


def built_twice(into: Path, *, epoch: int) -> Path:
    """Builds the wheel, and a second one elsewhere under another time zone and umask, which must be equal.

    Raises:
        NotReproducibleError: they differ.
    """
    first = build(into, epoch=epoch)
    with tempfile.TemporaryDirectory() as folder:
        second = build(Path(folder), epoch=epoch, umask=0o077, zone="Asia/Tokyo")
        if digest(first) != digest(second):
            raise NotReproducibleError(f"{first.name} is not the same twice")
    return first


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return sha256(file.read_bytes()).hexdigest()
