"""The copy of an installation's keys: apart from the backups, and with a term of its own.

Passwords and keys of services are copied as they are. An epoch key is in a file of its own, so that it can be
destroyed by itself: a copy that outlived its epoch by more than the term would open who was erased (ADR 0035).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from events.vocabulary import BoxClass
from services.backups.refusals import RefusedError
from services.chassis.names import SERVICES
from services.chassis.own_system import INSTALLATION_FILE
from services.chassis.private_files import UnsafeSecretsError, private_folder, read_private, write_private
from services.chassis.secrets.epoch_files import EpochCopy, EpochFiles
from services.chassis.secrets.folder import EPOCHS_FILE, SERVICE_FILE
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.ledger import sealed_folder
from services.chassis.secrets.service import OPENS, EpochKeys, ServiceSecrets

EPOCHS = "epochs"
COPIED_AT = "copied-at"


@dataclass(frozen=True, slots=True)
class KeyCopies:
    """The folder of a copy of the keys (``--keys-to``, ``--keys-from``)."""

    folder: Path

    @property
    def _epochs(self) -> EpochFiles:
        return EpochFiles(self.folder, self.folder / EPOCHS)

    def save(self, own: EpochFiles, at: datetime, term: timedelta) -> list[tuple[BoxClass, int]]:
        """Copies the installation's keys, and destroys the copies of epochs whose term is over. Returns these.

        ``own``: the installation's files; ``term``: how long the copy of an epoch may outlive it.

        Raises:
            UnsafeSecretsError: a file cannot be used.
        """
        private_folder(self.folder)
        for name in SERVICES:
            private_folder(self.folder / name)
            write_private(self.folder / name / SERVICE_FILE, read_private(own.folder / name / SERVICE_FILE))
        write_private(self.folder / INSTALLATION_FILE, read_private(own.folder / INSTALLATION_FILE))
        self._save_seals(sealed_folder(own.folder))
        over = self._save_epochs(own, at, term)
        write_private(self.folder / COPIED_AT, at.isoformat() + "\n")
        return over

    def copied_at(self) -> datetime | None:
        """When the keys were copied last; ``None``: the copy was interrupted, or there is none."""
        try:
            return datetime.fromisoformat(read_private(self.folder / COPIED_AT).strip())
        except (UnsafeSecretsError, ValueError):
            return None

    def epochs(self, at: datetime, term: timedelta) -> EpochKeys:
        """The epoch keys whose term is not over, by class. Those that are over it are destroyed first.

        Raises:
            UnsafeSecretsError: a file cannot be used.
        """
        self._epochs.destroy_copies(at, term)
        found: EpochKeys = {}
        for one in self._epochs.copies():
            found.setdefault(one.kind, {})[one.epoch] = one.key
        return found

    def secrets(self, at: datetime, term: timedelta) -> Secrets:
        """The installation's secrets, in memory.

        Raises:
            RefusedError: the folder has no whole copy, or an epoch key of no class at all.
            UnsafeSecretsError: a file cannot be used.
        """
        if self.copied_at() is None:
            raise RefusedError(f"{self.folder} no tiene una copia completa de llaves.", "It has no whole copy of keys.")
        epochs = self.epochs(at, term)
        if any(not epochs.get(kind) for kind in BoxClass):
            raise RefusedError(f"{self.folder} no tiene llaves de época.", "It has no epoch keys.")
        services = {}
        for name in SERVICES:
            said = json.loads(read_private(self.folder / name / SERVICE_FILE))
            services[name] = ServiceSecrets(**said, epoch_keys={kind: epochs[kind] for kind in OPENS.get(name, ())})
        said = json.loads(read_private(self.folder / INSTALLATION_FILE))
        return Secrets(**said, services=services)

    def install(self, keys: Path, secrets: Secrets) -> None:
        """Writes these secrets, and the last seals of the ledger, as an installation's own keys.

        Raises:
            UnsafeSecretsError: the folder belongs to somebody else.
        """
        private_folder(keys)
        for name, one in secrets.services.items():
            private_folder(keys / name)
            write_private(keys / name / SERVICE_FILE, one.file())
            if name in OPENS:
                write_private(keys / name / EPOCHS_FILE, one.epochs_file())
        private_folder(sealed_folder(keys))
        for note in sorted(sealed_folder(self.folder).glob("*.note")):
            write_private(sealed_folder(keys) / note.name, read_private(note))
        write_private(keys / INSTALLATION_FILE, read_private(self.folder / INSTALLATION_FILE))  # last: it is complete

    def _save_seals(self, seals: Path) -> None:
        """Copies the last seal of each log: with it an older database cannot be sealed as if it were the newest."""
        private_folder(sealed_folder(self.folder))
        for note in sorted(seals.glob("*.note")):
            write_private(sealed_folder(self.folder) / note.name, read_private(note))

    def _save_epochs(self, own: EpochFiles, at: datetime, term: timedelta) -> list[tuple[BoxClass, int]]:
        """Copies epoch keys in use and those whose term runs; a term that began elsewhere is the same here."""
        copies = self._epochs
        private_folder(copies.backup)
        in_use = own.keys()
        theirs = {(one.kind, one.epoch): one for one in own.copies()}
        copies.copy(in_use)
        for place, one in theirs.items():
            ended = one.destroyed_at
            if place[1] not in in_use[place[0]] and (ended is None or ended + term > at):
                copies.keep(EpochCopy(one.path, one.kind, one.epoch, one.key, ended or at))
        for one in copies.copies():
            if one.epoch not in in_use[one.kind] and one.destroyed_at is None:
                # The installation's own copy is gone: its term is over, and with it that of this one.
                over = bool(theirs) and (one.kind, one.epoch) not in theirs
                copies.keep(EpochCopy(one.path, one.kind, one.epoch, one.key, at - term if over else at))
        return [(one.kind, one.epoch) for one in copies.destroy_copies(at, term)]
