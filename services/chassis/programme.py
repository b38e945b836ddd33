"""The programme's starting directory: which shelters there are, and which agencies."""

from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

MEXICO = ZoneInfo("America/Mexico_City")
"""The programme's clock: what people there read."""


@cache
def programme() -> dict[str, Any]:
    """The directory file, read once."""
    text = (files("services") / "directory" / "programme.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def shelters() -> frozenset[str]:
    """The codes of the shelters that may submit."""
    return frozenset(programme()["shelters"])
