"""The demonstration's contacts: those of the starting directory, and one shelter's own people."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from services.programme.directory_file import programme

SHELTER = "ALB-IXT-01"
"""The shelter whose people get e-mail, too; every other one reads its list of alerts."""
SHIFT, IN_CHARGE = "turno.ixt", "responsable.ixt"
"""Who is on shift there, and who coordinates it, as the first part of an address."""


def write_contacts(folder: Path) -> Path:
    """Writes them as an installation would, and returns the file."""
    desks: Mapping[str, Any] = programme()["desks"]
    own = {"email": [_address(SHIFT), {"to": _address(IN_CHARGE), "duty": "shelter_coordinator"}]}
    file = folder / "contacts.yaml"
    file.write_text(yaml.safe_dump({**desks, SHELTER: own}), encoding="utf-8")
    return file


def _address(name: str) -> str:
    return f"{name}@canaliza.invalid"
