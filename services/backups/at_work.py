"""One backup at a time in a folder, and an end to what a killed drill or restore left in it."""

import asyncio
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.backups.refusals import RefusedError
from services.local import leftovers

DRILLING = "drill-"
"""How the folder of a drill's database begins, within that of the backups."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Locks a folder for the context: what another one is at work on is no leftover.

    Raises:
        RefusedError: somebody else has locked it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(
                f"Otro respaldo se está haciendo en {folder}.", "Another backup is being made there."
            ) from None
        yield
    finally:
        os.close(descriptor)


async def remove_drills(folder: Path) -> list[str]:
    """Ends and removes what killed drills left: a whole database each, with keys of whoever is erased. The names."""
    removed = []
    for path in await asyncio.to_thread(lambda: sorted(folder.glob(f"{DRILLING}*"))):
        with suppress(RefusedError), alone(path):
            await end_server(path / "postgres")
            await asyncio.to_thread(shutil.rmtree, path)
            removed.append(path.name)
    return removed


async def end_server(folder: Path) -> None:
    """Ends a server that a killed restore or drill left running in a folder."""
    await leftovers.clear(folder / "postmaster.pid", "postgres", folder, politely=signal.SIGINT, firmly=signal.SIGQUIT)
