"""The licences of the packages that a server runs, and whether the project may hand them on with itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PostgreSQL", "PSF-2.0"),
        *("MPL-2.0", "Unlicense", "Zlib", "CC0-1.0", "Python-2.0"),
        "LGPL-2.1-only",  # pycountry: used as a library, installed beside us, unchanged
    }
)
"""Licences under which a package may be used by, and installed beside, a program under Apache-2.0."""

NAMES = {
    "3-Clause BSD": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "BSD": "BSD",
    "ISC": "ISC",
    "MIT": "MIT",
    "Mozilla Public License 2.0": "MPL-2.0",
    "PostgreSQL": "PostgreSQL",
    "Python Software Foundation": "PSF-2.0",
}
"""Beginnings of the older words for a licence, and its SPDX name."""

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")


@dataclass(frozen=True, slots=True)
class Licensed:
    """An installed package and the licence that it declares, as an SPDX expression; empty: none."""

    name: str
    version: str
    licence: str

    @property
    def fault(self) -> str | None:
        """Why it may not be used, in words; ``None``: it may."""
        names = [one for one in re.split(r"\s+(?:AND|OR)\s+|[()]", self.licence) if one.strip()]
        if not names:
            return f"{self.name} {self.version} says no licence"
        wrong = sorted(set(names) - ALLOWED)
        return f"{self.name} {self.version}: {', '.join(wrong)}" if wrong else None


def pinned(lock: Path) -> Mapping[str, str]:
    """The packages of a lock with their versions, by their normalised names."""
    found = (PINNED.match(line) for line in lock.read_text().splitlines())
    return {normalised(one[1]): one[2] for one in found if one}


def normalised(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(wanted: Iterable[str]) -> list[Licensed]:
    """The packages of this environment that are wanted, by name, with their licences."""
    names = set(wanted)
    found = {normalised(one.metadata["Name"]): one for one in distributions()}
    return [_licensed(name, found[name]) for name in sorted(names & found.keys())]


def _licensed(name: str, distribution: Distribution) -> Licensed:
    metadata = distribution.metadata
    said = [metadata["License-Expression"] or "", *_of_classifiers(metadata.get_all("Classifier") or [])]
    said.append(_spdx(metadata["License"] or ""))
    return Licensed(name, distribution.version, next((one for one in said if one), ""))


def _of_classifiers(classifiers: Iterable[str]) -> list[str]:
    listed = [
        one.rpartition(" :: ")[2]
        for one in classifiers
        if one.startswith("License :: ") and one != "License :: OSI Approved"
    ]
    return [name for name in map(_spdx, listed) if name]


def _spdx(words: str) -> str:
    line = words.strip().split("\n", 1)[0]
    if line in ALLOWED:
        return line
    return next((spdx for begin, spdx in NAMES.items() if line.startswith(begin)), line if len(line) < 40 else "")
