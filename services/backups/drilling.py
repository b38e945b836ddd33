"""The drill: a backup is restored aside, where it touches nothing, and examined; then it is thrown away.

No service is started and nothing is sent. The keys stay in memory.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.backups.at_work import DRILLING, alone, remove_drills
from services.backups.checking import Chosen, choose
from services.backups.examining import Check, Examining
from services.backups.keeping import DRILL
from services.backups.key_copies import KeyCopies
from services.backups.recovering import recovered, unpack
from services.backups.refusals import RefusedError
from services.chassis.clock import Clock
from services.chassis.private_files import write_private
from services.chassis.secrets.folder import keys_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.ledger import sealed_folder
from services.chassis.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """How a drill ended."""

    backup: str
    at: datetime
    checks: list[Check]

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return all(one.ok for one in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What to restore, and whence the keys come; without ``keys_from`` the installation's own are used."""

    settings: Settings
    source: Path
    keys_from: Path | None
    running: str | None
    """The administrator's DSN of the running system, if it runs: what is restored must be its beginning."""
    term: timedelta
    clock: Clock

    async def run(self) -> Drilled:
        """Restores, examines, throws away, and records how it ended beside the backups.

        Raises:
            RefusedError: the backup cannot be restored at all; that is recorded, too.
            UnsafeSecretsError: the keys cannot be used.
        """
        at = self.clock()
        root = self.source if not (self.source / "manifest.json").exists() else self.source.parent
        try:
            chosen = await asyncio.to_thread(_choose, self.source)
            secrets = await asyncio.to_thread(self._secrets)
            async with self._aside(chosen) as dsn:
                drilled = Drilled(
                    backup=chosen.folder.name, at=at, checks=await self._examining(dsn, chosen, secrets).run()
                )
        except RefusedError as refusal:
            _record(root, Drilled(backup="", at=at, checks=[Check("restored", False, refusal.es, refusal.en)]))
            raise
        _record(root, drilled)
        return drilled

    def _secrets(self) -> Secrets:
        if self.keys_from is None:
            return Secrets.load(self.settings.data, self.settings.keys)
        return KeyCopies(self.keys_from).secrets(self.clock(), self.term)

    @asynccontextmanager
    async def _aside(self, chosen: Chosen) -> AsyncIterator[str]:
        await remove_drills(chosen.root)
        folder = Path(tempfile.mkdtemp(prefix=DRILLING, dir=chosen.root))
        try:
            with alone(folder):
                await unpack(chosen, folder / "postgres")
                log = folder / "postgres.log"
                async with recovered(folder / "postgres", chosen.manifest, chosen.archive, None, log) as dsn:
                    yield dsn
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _examining(self, dsn: str, chosen: Chosen, secrets: Secrets) -> Examining:
        beside_keys = [sealed_folder(keys_folder(self.settings.data, self.settings.keys))]
        beside_keys += [] if self.keys_from is None else [sealed_folder(self.keys_from)]
        return Examining(dsn=dsn, chosen=chosen, secrets=secrets, running=self.running, beside_keys=beside_keys)


def _choose(source: Path) -> Chosen:
    chosen = choose(source, None)
    if chosen.manifest.kind != "base":
        raise RefusedError("El simulacro es de copias de archivos, no de volcados.", "A dump is not drilled.")
    return chosen


def _record(root: Path, drilled: Drilled) -> None:
    """Writes how it ended; a failed drill keeps the time of the last one that passed."""
    try:
        before = json.loads((root / DRILL).read_text()).get("passed_at")
    except (OSError, ValueError):
        before = None
    said = {
        "at": drilled.at.isoformat(),
        "backup": drilled.backup,
        "passed": drilled.passed,
        "passed_at": drilled.at.isoformat() if drilled.passed else before,
        "checks": [asdict(one) for one in drilled.checks],
    }
    write_private(root / DRILL, json.dumps(said, indent=2) + "\n")
