"""Files and folders that only their owner may read: created so, and refused if that has changed."""

import os
import stat
from pathlib import Path


class UnsafeSecretsError(Exception):
    """The files of secrets are missing, incomplete, or accessible to other users."""


def private_folder(folder: Path) -> None:
    """Creates a folder, or makes an existing one private.

    Raises:
        UnsafeSecretsError: it belongs to another user.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise UnsafeSecretsError(f"{folder} belongs to user {found.st_uid}, not to user {os.geteuid()}")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Replaces a file atomically, readable by its owner only; it is flushed to disk when this returns."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_private(path: Path) -> str:
    """The text of a private file.

    Raises:
        UnsafeSecretsError: it cannot be read, belongs to another user, or is open to others.
    """
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW))
    except OSError as error:
        raise UnsafeSecretsError(f"{path} cannot be read: {error.strerror}") from None
    with file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.geteuid():
            raise UnsafeSecretsError(f"{path} belongs to user {found.st_uid}, not to user {os.geteuid()}")
        if found.st_mode & 0o077:
            raise UnsafeSecretsError(f"{path} is open to other users: run chmod 600 on it, and renew what it holds")
        return file.read()
