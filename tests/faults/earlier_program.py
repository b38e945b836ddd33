"""The program of the version before, from the history of the checkout: what a roll-out starts from."""

import io
import subprocess
import tarfile
from pathlib import Path

from tests.faults.disk import NotPossibleHereError

ROOT = Path(__file__).parents[2]
BEFORE = "A shelter's form on a phone without a network, a history that outsiders verify, and running it"
"""How the commit of the version before this one begins, whatever its id. It runs with the packages of this one."""


def program_of_before(folder: Path) -> Path:
    """The folder with the program of the version before.

    Raises:
        NotPossibleHereError: this checkout has no history, or not all of it.
        LookupError: it has, and that version is not in it: its name here is wrong.
    """
    commit = _git("log", "-1", "--format=%H", "--fixed-strings", f"--grep={BEFORE}").decode().strip()
    if not commit:
        if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
            raise NotPossibleHereError
        raise LookupError(BEFORE)
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", commit))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _git(*command: str) -> bytes:
    done = subprocess.run(["git", "-C", str(ROOT), *command], capture_output=True, check=False)
    if done.returncode != 0:
        raise NotPossibleHereError
    return done.stdout
