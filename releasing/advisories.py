"""Whether a package of the lock has a published vulnerability, where the machine can ask."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out."""

    known: tuple[str, ...] = ()
    """Vulnerabilities: package, version, advisory."""
    not_asked: int = 0
    """Packages of which nobody could be asked."""
    packages: int = 0


def looked_up(tool: Path, lock: Path) -> Looked:
    """Asks for advisories about the packages of a lock. ``tool``: the ``pip-audit`` program.

    Without a network nobody can be asked: then ``not_asked`` is the number of packages.
    """
    command = [str(tool), "--requirement", str(lock), "--no-deps", "--disable-pip", "--format", "json"]
    asked = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - a pinned tool
    try:
        listed = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        return Looked(not_asked=1)
    known = tuple(f"{one['name']} {one['version']}: {found['id']}" for one in listed for found in one.get("vulns", ()))
    return Looked(known=known, not_asked=sum("skip_reason" in one for one in listed), packages=len(listed))
