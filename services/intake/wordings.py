"""The texts that a person is read or signs (*constancia de consentimiento*): data, each under a version for good.

A receipt names the version and the hash of the text, so that years later anybody can tell what was agreed to.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

FOLDER = Path(__file__).parent / "policy" / "wordings"
LIST = "wordings.yaml"


class Use(StrEnum):
    """What a text is for. A consent to one is never a wish of the other kind."""

    CONSENT = "consent"
    RESTRICTED_CONTACT = "restricted_contact"
    HANDOVER = "handover"
    """The next shelter may take the case over and read what is named."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in one language."""

    version: str
    use: Use
    language: str
    sha256: str


Wordings = Mapping[str, Wording]
"""By version."""


class ChangedWordingError(ValueError):
    """The text is not the one that receipts were given on: another text needs a version of its own."""


def load_wordings(folder: Path = FOLDER) -> Wordings:
    """Every text of the list, held against its hash.

    Raises:
        ChangedWordingError: a text was changed under its version.
    """
    listed = yaml.safe_load((folder / LIST).read_text(encoding="utf-8"))
    found: dict[str, Wording] = {}
    for version, said in listed.items():
        digest = hashlib.sha256((folder / said["file"]).read_bytes()).hexdigest()
        if digest != said["sha256"]:
            raise ChangedWordingError(f"{folder / said['file']}: changed since it was listed as {version}")
        found[version] = Wording(version, Use(said["use"]), said["language"], digest)
    return MappingProxyType(found)


@cache
def wordings(use: Use) -> Wordings:
    """Those of one use, read once."""
    return MappingProxyType({version: one for version, one in load_wordings().items() if one.use is use})
