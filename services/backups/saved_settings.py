"""The installation's configuration in a backup: what anybody may read beside the data, the rest beside the keys."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from services.chassis.private_files import private_folder, write_private
from services.chassis.settings import Settings

FOLDER, FILE = "configuration", "settings.json"
BESIDE_THE_DATA = ("directory", "witnesses", "tls_cert")
BESIDE_THE_KEYS = ("contacts", "channels", "tls_key")
"""Addresses of the staff, gateways' passwords, the key of the certificate."""


def save_open(settings: Settings, to: Path) -> None:
    """Saves the settings without a secret, and the files that they name."""
    _save(to / FOLDER, _told(settings, secret=False), settings, BESIDE_THE_DATA)


def save_secret(settings: Settings, to: Path) -> None:
    """Saves the settings that are secrets, and the files with secrets or people's addresses, beside the keys."""
    _save(to / FOLDER, _told(settings, secret=True), settings, BESIDE_THE_KEYS)


def _told(settings: Settings, *, secret: bool) -> dict[str, str]:
    """The settings that were given, by the names of their variables: those that are secrets, or the others."""
    found = {}
    for name in sorted(settings.model_fields_set):
        value, alias = getattr(settings, name), Settings.model_fields[name].validation_alias
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if (isinstance(value, SecretStr) or "@" in text) is secret:  # an address may have a password in it
            found[alias if isinstance(alias, str) else f"CANALIZA_{name.upper()}"] = text
    return found


def _save(folder: Path, told: Mapping[str, str], settings: Settings, files: tuple[str, ...]) -> None:
    private_folder(folder)
    write_private(folder / FILE, json.dumps(told, indent=2))
    for name in files:
        path: Path | None = getattr(settings, name)
        if path is not None and path.is_file():
            write_private(folder / f"{name}{path.suffix}", path.read_text())
