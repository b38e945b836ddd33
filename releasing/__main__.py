"""``make release``: a wheel, its bill of materials and licences, and their digests, in ``dist/``.

Ends with 1 if the wheel is not the same twice, a licence may not be handed on, or a known vulnerability is in it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from releasing.advisories import looked_up
from releasing.licences import Licensed, installed, pinned
from releasing.materials import bill_of_materials, production_environment
from releasing.wheel import ROOT, built_twice, digest

LOCK = ROOT / "requirements.production.lock"
DIST = ROOT / "dist"
TOOLS = Path(sys.executable).parent


def main() -> int:
    """Makes the release; returns the exit code."""
    shutil.rmtree(DIST, ignore_errors=True)
    epoch = committed_at()
    wheel = built_twice(DIST, epoch=epoch)
    print(f"{wheel.name}: la misma dos veces · the same twice")
    pins = pinned(LOCK)
    licensed = installed(pins)
    with tempfile.TemporaryDirectory() as folder:
        python = production_environment(Path(folder) / "server", LOCK, wheel)
        bill = bill_of_materials(TOOLS / "cyclonedx-py", python, pins, epoch=epoch)
    print(f"{len(bill['components'])} componentes · components")
    faults = [one.fault for one in licensed if one.fault]
    _write(DIST / "canaliza.cdx.json", json.dumps(bill, indent=1, sort_keys=True) + "\n")
    _write(DIST / "LICENCES.txt", listing(licensed))
    shutil.copy(LOCK, DIST)
    found = looked_up(TOOLS / "pip-audit", LOCK)
    for line in (*faults, *found.known):
        print(f"! {line}")
    if found.not_asked:
        print(f"{found.not_asked}: sin quien responda de vulnerabilidades · nobody to ask about vulnerabilities")
    _write(DIST / "SHA256SUMS", "".join(f"{digest(one)}  {one.name}\n" for one in sorted(DIST.iterdir())))
    return 1 if faults or found.known else 0


def committed_at() -> int:
    """The time of the commit, in seconds, or ``SOURCE_DATE_EPOCH`` where it is set or there is no history."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said is None:
        asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        said = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603 - git
    return int(said or "315532800")  # 1980: the earliest that a zip file can say


def listing(licensed: list[Licensed]) -> str:
    """The packages with their licences, one a line."""
    return "".join(f"{one.name} {one.version}  {one.licence}\n" for one in licensed)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
