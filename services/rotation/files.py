"""Writes a renewed password or key into the files of secrets: the new one first, what it replaces beside it."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from services.chassis.private_files import read_private, write_private
from services.chassis.secrets.folder import SERVICE_FILE, alone_in
from services.chassis.secrets.installation import Secrets, write_installation
from services.chassis.secrets.service import ServiceSecrets
from services.chassis.settings import Settings

NOTHING: Mapping[str, str] = MappingProxyType({})
PREPARED_FILE = "prepared.json"
"""The renewals whose new secret is written and not yet enacted, by their words; it has no secret."""


class SecretFiles:
    """The files of one installation. Each is replaced as a whole, so that a killed renewal leaves a usable one."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """``folder`` has the secrets of every service."""
        self.settings = settings
        self.folder = folder

    def secrets(self) -> Secrets:
        """All secrets as they are now.

        Raises:
            UnsafeSecretsError: a file cannot be used.
        """
        return Secrets.load(self.settings.data, self.settings.keys)

    def of(self, service: str) -> ServiceSecrets:
        """A service's secrets as they are now.

        Raises:
            UnsafeSecretsError: a file cannot be used.
        """
        return ServiceSecrets.load(self.folder, service)

    def replace_of(self, service: str, new: Mapping[str, str], kept: Mapping[str, str] = NOTHING) -> None:
        """Replaces fields of a service's secrets; what was there is kept as the latest former value.

        ``kept``: fields that are written with them and replace nothing.
        """
        with alone_in(self.folder):
            found = self.of(service)
            self._write(service, found, {**new, **kept, "former": _with(found, new)})

    def drop_of(self, service: str, fields: Collection[str]) -> int:
        """Drops the former values of fields of a service. Returns how many there were."""
        with alone_in(self.folder):
            found = self.of(service)
            left = {name: values for name, values in found.former.items() if name not in fields}
            self._write(service, found, {"former": left})
            return sum(len(values) for name, values in found.former.items() if name in fields)

    def replace(self, new: Mapping[str, str]) -> None:
        """Replaces fields of the installation's own secrets; what was there is kept as the latest former value."""
        with alone_in(self.folder):
            found = self.secrets()
            write_installation(self.folder, found.model_copy(update={**new, "former": _with(found, new)}))

    def drop(self, fields: Collection[str]) -> None:
        """Drops the former values of fields of the installation's own."""
        with alone_in(self.folder):
            found = self.secrets()
            left = {name: values for name, values in found.former.items() if name not in fields}
            write_installation(self.folder, found.model_copy(update={"former": left}))

    def prepared(self) -> set[str]:
        """The renewals that were prepared and wait to be carried out.

        Raises:
            UnsafeSecretsError: the file cannot be used.
        """
        path = self.folder / PREPARED_FILE
        return set(json.loads(read_private(path))) if path.exists() else set()

    def now_prepared(self, what: str) -> None:
        """Says that the new secret is written and may be brought to other hosts."""
        with alone_in(self.folder):
            self._write_prepared(self.prepared() | {what})

    def no_longer_prepared(self, what: str) -> None:
        """Says that the renewal is over."""
        with alone_in(self.folder):
            found = self.prepared()
            if what in found:
                self._write_prepared(found - {what})

    def _write_prepared(self, words: Collection[str]) -> None:
        write_private(self.folder / PREPARED_FILE, json.dumps(sorted(words)) + "\n")

    def _write(self, service: str, found: ServiceSecrets, changed: dict[str, Any]) -> None:
        write_private(self.folder / service / SERVICE_FILE, found.model_copy(update=changed).file())


def _with(found: Secrets | ServiceSecrets, new: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The former values with those that ``new`` replaces."""
    return {**found.former, **{name: found.all_of(name) for name in new if getattr(found, name) is not None}}
