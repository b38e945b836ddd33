"""Where PostgreSQL's socket is: a short private folder among everybody's temporary ones."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from services.local.processes import CannotStart, Identity

PORT = 5432
"""Part of the socket's name; nothing listens on it."""
LONGEST_SOCKET_PATH = 107


def socket_folder(data: Path) -> Path:
    """Short, whatever the length of the data's path: the kernel takes 107 bytes."""
    name = f"cz-{os.geteuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:8]}"
    for folder in (Path(tempfile.gettempdir()).resolve() / name, Path("/tmp") / name):  # noqa: S108
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) <= LONGEST_SOCKET_PATH:
            return folder
    raise CannotStart("no temporary folder has a path short enough for a socket")


def prepare(folder: Path, identity: Identity, *, data: Path) -> None:
    """A temporary folder is everybody's: what is already there is used only if it is ours and closed."""
    try:
        folder.mkdir(mode=0o700)
        if identity.foreign:
            os.chown(folder, identity.uid, identity.gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != identity.uid or found.st_mode & 0o077:
            raise CannotStart(f"{folder} is not a private folder of ours: look at it, and remove it") from None
    lock = folder / f".s.PGSQL.{PORT}.lock"
    if lock.exists() and lock.read_text().split("\n")[1:2] in ([], [str(data)]):
        (folder / f".s.PGSQL.{PORT}").unlink(missing_ok=True)
        lock.unlink()
