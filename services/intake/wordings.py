"""The texts that are read to a person or signed (*constancia de consentimiento*), each under a permanent version.

A receipt names the version and the hash of the text, so that years later the text agreed to can be proved.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from services.chassis.errors import MalformedRequestError
from services.chassis.locales import SPANISH

FOLDER = Path(__file__).parent / "policy" / "wordings"
LIST = "wordings.yaml"


class Use(StrEnum):
    """What a text is for. A receipt of one use is never valid for another."""

    CONSENT = "consent"
    RESTRICTED_CONTACT = "restricted_contact"
    HANDOVER = "handover"
    """The next shelter may take custody of the case and read the named answers."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in one language."""

    version: str
    use: Use
    language: str
    sha256: str


Wordings = Mapping[str, Wording]
"""Texts by version."""


class ChangedWordingError(ValueError):
    """A text differs from its listed hash. Receipts name it, so a changed text needs a new version."""


def load_wordings(folder: Path = FOLDER) -> Wordings:
    """All listed texts, each compared with its hash.

    Raises:
        ChangedWordingError: a text differs from its listed hash.
    """
    listed = yaml.safe_load((folder / LIST).read_text(encoding="utf-8"))
    found: dict[str, Wording] = {}
    for version, entry in listed.items():
        digest = hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
        if digest != entry["sha256"]:
            raise ChangedWordingError(f"{folder / entry['file']}: changed since it was listed as {version}")
        found[version] = Wording(version, Use(entry["use"]), entry["language"], digest)
    return MappingProxyType(found)


@cache
def wordings(use: Use) -> Wordings:
    """The texts of one use, loaded once."""
    return MappingProxyType({version: one for version, one in load_wordings().items() if one.use is use})


def wording_of(wordings: Wordings, version: str) -> Wording:
    """The text that a request body names in ``wording_version``.

    Raises:
        MalformedRequestError: no such version.
    """
    if version not in wordings:
        raise MalformedRequestError(faults=[{"field": "body.wording_version", "code": "not_listed"}])
    return wordings[version]


def current_wording(use: Use, language: str) -> Wording:
    """The text of a use that is read today: the newest in this language, else the newest in Spanish."""
    texts = wordings(use).values()
    own = [one for one in texts if one.language == language] or [one for one in texts if one.language == SPANISH]
    return max(own, key=lambda one: int(one.version.rpartition("-")[2]))


def text_of(wording: Wording) -> str:
    """The text, word for word."""
    listed = yaml.safe_load((FOLDER / LIST).read_text(encoding="utf-8"))
    file: str = listed[wording.version]["file"]
    return (FOLDER / file).read_text(encoding="utf-8")
