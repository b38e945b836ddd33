"""The programme's directory as every service needs it: which shelters there are, and where alerts go at first."""

from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from services.chassis.settings import Settings

MEXICO = ZoneInfo("America/Mexico_City")
"""The programme's clock: what people there read."""

STARTING = Path(__file__).parents[1] / "directory" / "programme.yaml"
"""What a new programme begins with."""


def directory_file() -> Path:
    """The directory in force: the installation's own (``CANALIZA_DIRECTORY``), or the starting one."""
    return Settings().directory or STARTING


@cache
def programme() -> dict[str, Any]:
    """The directory file, read once."""
    content: dict[str, Any] = yaml.safe_load(directory_file().read_text(encoding="utf-8"))
    return content


def shelters() -> frozenset[str]:
    """The codes of the shelters that may submit."""
    return frozenset(programme()["shelters"])
