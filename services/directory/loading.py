"""Reads and validates a directory file: shape first, then meaning; a fault is ``file:line: Spanish · English``."""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.directory.faults import directory_faults
from services.directory.model import Directory
from services.programme.directory_file import directory_file
from services.programme.policy_file import Fault, PolicyFaultsError, PolicyFile, parse

SHAPE_FAULTS = {
    "missing": ("falta", "is missing"),
    "extra_forbidden": ("no se conoce", "is not known here"),
    "enum": ("no es un código conocido", "is not a known code"),
    "literal_error": ("no es un código conocido", "is not a known code"),
    "string_pattern_mismatch": ("no está escrito como debe", "is not written as it must be"),
    "value_error": ("no son horas que abran antes de cerrar, como «MO-FR 09:00-18:00»", "are not hours like that"),
    "too_short": ("está vacío", "is empty"),
    "string_too_short": ("está vacío", "is empty"),
    "bool_type": ("debe ser true o false", "must be true or false"),
    "bool_parsing": ("debe ser true o false", "must be true or false"),
}
OTHER_SHAPE_FAULT = ("no es de la forma que debe", "is not of the form it must have")


def load_directory(path: Path | None = None) -> Directory:
    """The directory of a file; without a path, the directory in force.

    Raises:
        PolicyFaultsError: with every fault of the first kind found: of shape, else of meaning.
    """
    file = path or directory_file()
    return _loaded(file, file.read_bytes())


@lru_cache(maxsize=8)
def _loaded(path: Path, raw: bytes) -> Directory:
    """Validates each content once: desks, bodies, people and telephones are read from the same file at the start."""
    return directory_of(parse(raw, path))


def directory_of(file: PolicyFile) -> Directory:
    """Validates a file's contents.

    Raises:
        PolicyFaultsError: as ``load_directory``.
    """
    try:
        directory = Directory.model_validate(file.data)
    except ValidationError as error:
        file.refuse(_of_shape(error))
        raise
    file.refuse(directory_faults(directory))
    return directory


def version_of(directory: Directory) -> str:
    """The version with twelve hex digits of the contents' SHA-256; comments and layout do not count."""
    contents: dict[str, Any] = directory.model_dump(mode="json", exclude={"desks"})
    canonical = json.dumps(contents, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{directory.version}-{hashlib.sha256(canonical.encode()).hexdigest()[:12]}"


def _of_shape(error: ValidationError) -> Sequence[Fault]:
    faults: list[Fault] = []
    for fault in error.errors(include_url=False, include_input=False):
        place = tuple(step for step in fault["loc"] if step != "[key]")
        es, en = SHAPE_FAULTS.get(fault["type"], OTHER_SHAPE_FAULT)
        name = place[-1] if place else "directorio"
        faults.append((place, f"{name}: {es} · {en}"))
    return faults


__all__ = ["PolicyFaultsError", "directory_of", "load_directory", "version_of"]
