"""Verifies a bundle that somebody hands in, and compares it with what this installation has sealed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

from services.audit.bundles.container import Bundle
from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.keys import LOGS
from services.audit.ledger.notes import Note
from services.audit.ledger.proving import NotProvenError, NotSealedYetError, root_of
from services.audit.ledger.queries import checkpoint_over
from services.audit.verification.commands import verify
from services.audit.verification.domain import Report
from services.audit.verification.models import Replays
from services.audit.verification.trust import Policy
from services.chassis.database import Database
from services.chassis.own_threads import OwnThreads

LONGEST = 300.0
"""Seconds that a verification may take; two at once wait for each other."""


class Agreement(StrEnum):
    """How a log of a bundle compares with what is sealed here."""

    SAME = "same"
    DIFFERS = "differs"
    """The bundle has a history that this installation never sealed, or what is stored here was changed."""
    LEFT_OUT = "left_out"
    """The bundle does not have it, and it was sealed when the bundle was made."""
    BEYOND = "beyond"
    """It has more than is sealed here: a database was restored from an older backup, or replaced."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a bundle."""

    report: Report
    agreement: Mapping[str, Agreement] | None
    """By log; ``None``: it is another installation's."""

    @property
    def passed(self) -> bool:
        """Whether nothing is altered, and this installation has sealed the same."""
        return self.report.passed and not self.differing

    @property
    def differing(self) -> list[str]:
        """The logs that are not as they are sealed here."""
        return [log for log, found in (self.agreement or {}).items() if found is not Agreement.SAME]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleChecks:
    """Verifies beside the service's own work, one bundle at a time."""

    database: Database
    installation: str
    policy: Callable[[], str]
    """This installation's own trust policy: its bundles are judged by it, and not by what they say of themselves."""
    replays: Callable[[], Replays] | None = None
    """What each service would show; ``None``: that is left out."""
    threads: OwnThreads = field(default_factory=lambda: OwnThreads("bundle-check", 1))

    async def check(self, path: Path) -> Checked:
        """Verifies the bundle in a file.

        Raises:
            NotABundleError: it is none.
            StoreUnavailableError: it cannot be compared with what is sealed here.
            TimeoutError: it took too long.
        """
        report, roots = await self.threads.run(partial(self._verified, path), seconds=LONGEST)
        own = report.installation == self.installation
        return Checked(report, await self._compared(roots, report.made_at) if own else None)

    def _verified(self, path: Path) -> tuple[Report, Mapping[str, Checkpoint]]:
        with Bundle(path) as bundle:
            own = bundle.head.installation == self.installation
            notes = {log.name: bundle.read(f"logs/{log.name}/checkpoint") for log in bundle.head.logs}
        trust = Policy.parse(self.policy()) if own else None
        report = verify(path, None if self.replays is None else self.replays(), trust=trust)
        signed = report.passed  # what is not signed says nothing about a root
        return report, {log: Checkpoint.parse(Note.parse(raw).text) for log, raw in notes.items()} if signed else {}

    async def _compared(self, roots: Mapping[str, Checkpoint], made_at: datetime) -> Mapping[str, Agreement]:
        found = {}
        async with self.database.reading() as connection:
            for log, checkpoint in roots.items():
                try:
                    same = await root_of(connection, log, checkpoint.size) == checkpoint.root
                    found[log] = Agreement.SAME if same else Agreement.DIFFERS
                except NotSealedYetError:
                    found[log] = Agreement.BEYOND
                except NotProvenError:
                    found[log] = Agreement.DIFFERS
            for log in LOGS:
                first = await checkpoint_over(connection, log, 1)
                if roots and log not in roots and first is not None and first.sealed_at <= made_at:
                    found[log] = Agreement.LEFT_OUT
        return found
