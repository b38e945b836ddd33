"""The folder of PostgreSQL's socket: private and with a short path, in the temporary folder."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from services.local.processes import CannotStart, Identity

PORT = 5432
"""Part of the socket's name; no TCP port is opened."""
MAX_SOCKET_PATH = 107


def socket_folder(data: Path) -> Path:
    """A folder with a short path for any data folder: the kernel allows 107 bytes."""
    name = f"cz-{os.geteuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:8]}"
    for folder in (Path(tempfile.gettempdir()).resolve() / name, Path("/tmp") / name):  # noqa: S108
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) <= MAX_SOCKET_PATH:
            return folder
    raise CannotStart("no temporary folder has a path short enough for a socket")


def prepare(folder: Path, identity: Identity, *, data: Path) -> None:
    """Creates a private folder; an existing one is used only if it is ours and closed to others."""
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
