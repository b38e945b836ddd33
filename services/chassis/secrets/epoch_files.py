"""The files with the epoch keys: a new epoch is added to each service's, a destroyed one taken out, a copy kept apart.

The copies (``CANALIZA_KEYS_BACKUP``) are what opens a dump that was taken before a rotation. They have a short term of
their own: once a destroyed epoch's copy is overwritten, nothing that it wrapped opens any more, wherever it still is.
"""

import base64
import json
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from events.vocabulary import BoxClass
from services.chassis.private_files import UnsafeSecretsError, private_folder, read_private, write_private
from services.chassis.secrets.folder import EPOCHS_FILE, alone_in
from services.chassis.secrets.service import OPENS, EpochKeys, ServiceSecrets

KEEPER = "intake"
"""The service with the epoch keys of every class."""


@dataclass(frozen=True, slots=True)
class EpochCopy:
    """The copy of one epoch key, in a file of its own so that it can be destroyed by itself."""

    path: Path
    kind: BoxClass
    epoch: int
    key: str
    destroyed_at: datetime | None
    """When the epoch was destroyed elsewhere: from then on its term runs. ``None``: it is in use."""


@dataclass(frozen=True, slots=True)
class EpochFiles:
    """The key files of an installation, and the folder of their copies."""

    folder: Path
    backup: Path

    def keys(self) -> EpochKeys:
        """The keys of every class.

        Raises:
            UnsafeSecretsError: the file cannot be used.
        """
        return ServiceSecrets.load(self.folder, KEEPER).epoch_keys

    def add(self, kinds: Collection[BoxClass], *, after: Mapping[BoxClass, int] = MappingProxyType({})) -> EpochKeys:
        """Adds a new epoch to these classes, first to the copies, then to the services' files; returns all keys.

        ``after``: the last epoch that the vault knows, where the file has lost it.
        """
        with alone_in(self.folder):
            fresh = {kind: dict(epochs) for kind, epochs in self.keys().items()}
            for kind in kinds:
                fresh[kind][max(*fresh[kind], after.get(kind, 0)) + 1] = base64.b64encode(
                    secrets.token_bytes(32)
                ).decode()
            self.copy(fresh)
            self._write(fresh)
            return fresh

    def copy(self, keys: EpochKeys) -> None:
        """Copies those keys to the backup that are not in it yet."""
        private_folder(self.backup)
        known = {(one.kind, one.epoch) for one in self.copies()}
        for kind, epochs in keys.items():
            for epoch, key in epochs.items():
                if (kind, epoch) not in known:
                    self._write_copy(EpochCopy(self._place(kind, epoch), kind, epoch, key, None))

    def copies(self) -> list[EpochCopy]:
        """Every copy.

        Raises:
            UnsafeSecretsError: a copy cannot be used.
        """
        found = []
        for path in sorted(self.backup.glob("epoch-*.json")):
            try:
                said = json.loads(read_private(path))
                ended = said.get("destroyed_at")
                found.append(
                    EpochCopy(
                        path,
                        BoxClass(said["class"]),
                        int(said["epoch"]),
                        said["key"],
                        None if ended is None else datetime.fromisoformat(ended),
                    )
                )
            except (ValueError, TypeError, KeyError):
                raise UnsafeSecretsError(f"{path} is not JSON of the expected form") from None
        return found

    def bring_back(self, wanted: Collection[tuple[BoxClass, int]]) -> list[tuple[BoxClass, int]]:
        """Brings epochs back from their copies, for a dump that was taken before they were destroyed.

        Returns those that have no copy any more: what they wrapped opens with nothing.
        """
        with alone_in(self.folder):
            fresh = {kind: dict(epochs) for kind, epochs in self.keys().items()}
            copies = {(one.kind, one.epoch): one for one in self.copies()}
            for place in wanted:
                if place in copies and place[1] not in fresh[place[0]]:
                    fresh[place[0]][place[1]] = copies[place].key
            self._write(fresh)
            return sorted(place for place in wanted if place[1] not in fresh[place[0]])

    def remove(self, destroyed: Mapping[BoxClass, tuple[int, ...]], at: datetime) -> None:
        """Takes destroyed epochs out of the services' files; the term of their copies begins."""
        with alone_in(self.folder):
            left = {
                kind: {epoch: key for epoch, key in epochs.items() if epoch not in destroyed.get(kind, ())}
                for kind, epochs in self.keys().items()
            }
            for one in self.copies():
                if one.destroyed_at is None and one.epoch in destroyed.get(one.kind, ()):
                    self._write_copy(EpochCopy(one.path, one.kind, one.epoch, one.key, at))
            self._write(left)

    def keep(self, one: EpochCopy) -> None:
        """Stores the copy of one epoch in this folder, with the beginning of its term."""
        path = self._place(one.kind, one.epoch)
        self._write_copy(EpochCopy(path, one.kind, one.epoch, one.key, one.destroyed_at))

    def destroy_copies(self, at: datetime, term: timedelta) -> list[EpochCopy]:
        """Overwrites and deletes the copies whose term is over. Returns them without their keys."""
        over = [one for one in self.copies() if one.destroyed_at is not None and one.destroyed_at + term <= at]
        for one in over:
            _overwrite(one.path)
        return [EpochCopy(one.path, one.kind, one.epoch, "", one.destroyed_at) for one in over]

    def _place(self, kind: BoxClass, epoch: int) -> Path:
        return self.backup / f"epoch-{kind}-{epoch}.json"

    def _write(self, keys: EpochKeys) -> None:
        """Writes each service's file, the keeper's first: it is the one that wraps."""
        for service in sorted(OPENS, key=lambda name: name != KEEPER):
            path = self.folder / service / EPOCHS_FILE
            if path.parent.is_dir():  # of a service on another host the operator brings the file there
                found = {kind.value: keys[kind] for kind in OPENS[service]}
                _replace(path, json.dumps(found, indent=2) + "\n")

    def _write_copy(self, one: EpochCopy) -> None:
        said = {"class": one.kind.value, "epoch": one.epoch, "key": one.key}
        ended = {} if one.destroyed_at is None else {"destroyed_at": one.destroyed_at.isoformat()}
        _replace(one.path, json.dumps(said | ended, indent=2) + "\n")


def _replace(path: Path, text: str) -> None:
    """Replaces a file of keys atomically, and overwrites what it held before: its blocks would go on holding it."""
    old = os.open(path, os.O_RDWR | os.O_NOFOLLOW) if path.exists() else None
    try:
        write_private(path, text)
        if old is not None:
            _zero(old)
    finally:
        if old is not None:
            os.close(old)


def _overwrite(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        _zero(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()


def _zero(descriptor: int) -> None:
    os.pwrite(descriptor, b"\x00" * os.fstat(descriptor).st_size, 0)
    os.fsync(descriptor)


def stamp_of(path: Path) -> object:
    """Another value once the file was replaced; ``None``: it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ino)
