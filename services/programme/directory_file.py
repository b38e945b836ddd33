"""Reads the directory file: the programme's shelters, agencies and desks."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.chassis.settings import Settings

STARTING_DIRECTORY = Path(__file__).parents[1] / "directory" / "programme.yaml"
"""The directory that a new programme starts with."""


def directory_file() -> Path:
    """The path of the current directory: the installation's own (``CANALIZA_DIRECTORY``), or the starting one."""
    return Settings().directory or STARTING_DIRECTORY


@cache
def programme() -> dict[str, Any]:
    """The directory file, read once."""
    content: dict[str, Any] = yaml.safe_load(directory_file().read_text(encoding="utf-8"))
    return content


def shelters() -> frozenset[str]:
    """The codes of the shelters that may submit cases."""
    return frozenset(programme()["shelters"])
