"""Reads a base backup back, and compares it with the list that PostgreSQL made of it."""

import tarfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from services.backups.refusals import DamagedBackupError

BASE, WAL = "base.tar.gz", "pg_wal.tar.gz"
CONTENTS = "backup_manifest"
"""pg_basebackup's own list of what is in the archive."""


def read_back(folder: Path) -> None:
    """Compares every file in a base backup's archive with the list that PostgreSQL made of them.

    ``pg_verifybackup`` does the same, and that of the wheel does not start (it breaks off in the loader).

    Raises:
        DamagedBackupError: one differs, or is missing.
    """
    listed = {one["Path"]: one["Checksum"] for one in orjson.loads((folder / CONTENTS).read_bytes())["Files"]}
    try:
        with tarfile.open(folder / BASE, "r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                expected = listed.pop(member.name, None)
                if content is not None and expected is not None and _digest(content) != expected:
                    raise DamagedBackupError(f"{member.name} está dañado en el respaldo.", "A file of it is damaged.")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DamagedBackupError(f"{BASE} no se puede leer: {type(error).__name__}", "It cannot be read.") from None
    _wal_is_there(folder)
    if listed:
        raise DamagedBackupError(f"A {BASE} le falta {min(listed)}.", "A file is missing in it.")


def _wal_is_there(folder: Path) -> None:
    try:
        with tarfile.open(folder / WAL, "r:gz") as archive:
            if archive.getnames():
                return
    except (tarfile.TarError, EOFError, OSError):
        pass
    raise DamagedBackupError(f"{WAL} no se puede leer.", "Its WAL cannot be read.")


def _digest(file: Any) -> str:
    found = sha256()
    while block := file.read(1 << 20):
        found.update(block)
    return found.hexdigest()
