"""PostgreSQL's archive and restore commands: one segment of WAL goes into the archive, or comes back from it.

PostgreSQL starts this file by its path for each segment (``store PATH NAME FOLDER``, ``fetch NAME PATH FOLDER``), so
nothing is imported that takes time to load.
"""

import gzip
import hashlib
import json
import os
import shlex
import sys
import time
from pathlib import Path

LIST = "wal.jsonl"
"""Beside the segments: the name, the SHA-256 of the content, and when it was archived, a line each."""
OTHER = ABSENT = 1
"""PostgreSQL keeps a segment, and tries again, on any code but 0; in a recovery 1 means: there is no such segment."""
BROKEN = 200
"""A recovery that must not go on as if the archive ended here: PostgreSQL stops on codes over 125."""


def archive_command(folder: Path) -> str:
    """PostgreSQL's setting of that name, for an archive in this folder."""
    return f"{_program()} store %p %f {_word(str(folder.resolve()))}"


def restore_command(folder: Path) -> str:
    """PostgreSQL's setting of that name, for an archive in this folder."""
    return f"{_program()} fetch %f %p {_word(str(folder.resolve()))}"


def _program() -> str:
    return f"{_word(sys.executable)} -I {_word(str(Path(__file__).resolve()))}"


def _word(text: str) -> str:
    """A word for the shell, in which PostgreSQL finds none of its own placeholders."""
    return shlex.quote(text).replace("%", "%%")


def store(path: Path, name: str, folder: Path) -> int:
    """Compresses a segment into the archive; on disk when this returns. Returns the exit code."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content, place = path.read_bytes(), folder / f"{name}.gz"
    if place.exists():  # archived before a crash; or another server's, which must not be lost
        return 0 if _content(place) == content else OTHER
    fresh = folder / f".{name}.gz.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(gzip.compress(content, 1, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    line = {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "at": int(time.time())}
    with os.fdopen(os.open(folder / LIST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(f"{json.dumps(line)}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return 0


def fetch(name: str, path: Path, folder: Path) -> int:
    """Brings a segment back. Returns the exit code."""
    place = folder / f"{name}.gz"
    if not place.exists():
        return ABSENT
    if not is_whole(folder, name, listed(folder, name)):
        return BROKEN
    path.write_bytes(_content(place) or b"")
    return 0


def listed(folder: Path, name: str = "") -> dict[str, list[str]]:
    """The SHA-256 of each archived file by its name: two where a crash came between the line and the file.

    ``name``: of this file alone. The list has a line for each minute of years: only lines with the name are parsed.
    An archive that a command of the operator's own fills has none.
    """
    found: dict[str, list[str]] = {}
    try:
        lines = (folder / LIST).read_text().splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        if name not in line:
            continue
        try:
            one = json.loads(line)
        except ValueError:  # the last line of a machine that lost its power
            continue
        found.setdefault(one["name"], []).append(one["sha256"])
    return found


def is_whole(folder: Path, name: str, known: dict[str, list[str]]) -> bool:
    """Whether an archived file is what it was when it was archived. ``known``: what ``listed`` found."""
    content = _content(folder / f"{name}.gz")
    return content is not None and (name not in known or hashlib.sha256(content).hexdigest() in known[name])


def _content(place: Path) -> bytes | None:
    try:
        with gzip.open(place) as file:
            return file.read()
    except (OSError, EOFError, ValueError):
        return None


if __name__ == "__main__":
    what, first, second, where = sys.argv[1:]
    if what == "store":
        sys.exit(store(Path(first), second, Path(where)))
    sys.exit(fetch(first, Path(second), Path(where)))
