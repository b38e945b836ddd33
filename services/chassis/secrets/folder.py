"""Where secrets are: a folder of their own beside the data, so that no copy of the data contains what opens it.

``installation.json`` has what ``up`` and ``migrate`` need; ``<service>/service.json`` a service's passwords and keys,
``<service>/epochs.json`` the epoch keys of the classes that it may open. Each service's folder can belong to an
operating system user of its own.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.chassis.own_system import default_keys
from services.chassis.private_files import UnsafeSecretsError

SERVICE_FILE = "service.json"
EPOCHS_FILE = "epochs.json"


def keys_folder(data: Path, keys: Path | None) -> Path:
    """The folder of the secrets: the one that is set, or the default beside the data.

    Raises:
        UnsafeSecretsError: one of the two is inside the other, so that a copy of the data would contain the keys.
    """
    folder = default_keys(data) if keys is None else keys
    inner, outer = folder.resolve(), data.resolve()
    if inner == outer or inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UnsafeSecretsError(f"CANALIZA_KEYS ({folder}) must be apart from CANALIZA_DATA ({data})")
    return folder


def backup_folder(data: Path, keys: Path | None, backup: Path | None) -> Path:
    """The folder of the copies of epoch keys: the one that is set, or the default beside the keys.

    Raises:
        UnsafeSecretsError: it is inside the data or the keys, or one of them inside it.
    """
    own = keys_folder(data, keys).absolute()
    folder = own.with_name(f"{own.name}-backup") if backup is None else backup
    inner = folder.resolve()
    for name, outer in (("CANALIZA_DATA", data.resolve()), ("CANALIZA_KEYS", own.resolve())):
        if inner == outer or inner.is_relative_to(outer) or outer.is_relative_to(inner):
            raise UnsafeSecretsError(f"CANALIZA_KEYS_BACKUP ({folder}) must be apart from {name} ({outer})")
    return folder


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Locks the folder: two simultaneous first starts must not both generate secrets."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
