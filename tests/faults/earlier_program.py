"""The program of the version before, from the history of the checkout: what a roll-out starts from."""

import io
import subprocess
import tarfile
from pathlib import Path

from tests.faults.disk import NotPossibleHereError

ROOT = Path(__file__).parents[2]
BEFORE = "3506f286"
"""The version before this one. It runs with the packages of this one."""


def program_of_before(folder: Path) -> Path:
    """The folder with the program of the version before.

    Raises:
        NotPossibleHereError: this checkout has no history, or not so much of it.
    """
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", BEFORE]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise NotPossibleHereError
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder
