"""What a backup says of itself, in a file that is written last: a folder without it is no backup. It has no secret."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from services.backups.refusals import DamagedBackupError, RefusedError
from services.chassis.private_files import UnsafeSecretsError, read_private, write_private

FILE = "manifest.json"
FORM = 1
"""The version of this file's form; a program refuses one that it does not know."""
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class LogEnd:
    """Where a log ended when the backup began: what is restored has this event, at least."""

    position: int
    leaf: str
    """The leaf hash of the event at that position, hexadecimal; empty: the log had none."""


@dataclass(frozen=True, slots=True)
class EpochNeeded:
    """An epoch whose key opens something in the backup. ``check``: identifies the key and tells nothing of it."""

    kind: str
    epoch: int
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A backup."""

    kind: Literal["base", "dump"]
    """A copy of the server's files, which WAL continues; or a dump, which ends where it was made."""
    made_at: datetime
    """When it was begun."""
    program: str
    postgres: int
    """The major version."""
    role: str
    """The administrator's name on the server, and the database's."""
    database: str
    timeline: int = 0
    begins: str = ""
    ends: str = ""
    """Positions in WAL: recovery needs everything between the two, and can stop at any moment after the second."""
    logs: dict[str, LogEnd]
    epochs: list[EpochNeeded]
    migrations: dict[str, list[str]]
    files: dict[str, str]
    """The SHA-256 of every file by its path in the backup."""

    def write(self, folder: Path) -> None:
        """Writes it, atomically and on disk when this returns."""
        said = dataclasses.asdict(self) | {"form": FORM, "made_at": self.made_at.isoformat()}
        write_private(folder / FILE, json.dumps(said, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a backup's folder.

        Raises:
            RefusedError: there is none, or it is of another program's form.
        """
        try:
            said: dict[str, Any] = json.loads(read_private(folder / FILE))
            if (form := said.pop("form")) != FORM:
                raise RefusedError(
                    f"{folder} es un respaldo de la forma {form}, y este programa lee la {FORM}.",
                    f"That backup has form {form}, and this program reads form {FORM}.",
                )
            said["made_at"] = datetime.fromisoformat(said["made_at"])
            said["logs"] = {name: LogEnd(**end) for name, end in said["logs"].items()}
            said["epochs"] = [EpochNeeded(**one) for one in said["epochs"]]
            return cls(**said)
        except UnsafeSecretsError as error:
            raise RefusedError(f"{folder} no es un respaldo completo: {error}", "It is no complete backup.") from None
        except (ValueError, TypeError, KeyError):
            raise DamagedBackupError(f"{folder / FILE} está dañado.", "Its manifest is damaged.") from None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a folder by its path in it, but for the manifest."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != FILE)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in found}
