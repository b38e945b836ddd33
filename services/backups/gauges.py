"""What those who watch the system see of its backups: when the last one was made, and when a drill last passed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from services.backups.keeping import Latest, latest
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.telemetry.gauges import Gauge, Sample

MADE = Gauge("backup_last_success_timestamp_seconds", "When the last whole backup was made; 0: never")
DRILLED = Gauge("backup_drill_passed_timestamp_seconds", "When a drill last restored one; 0: never")
READ_AGAIN = 300.0
"""Seconds for which what was read is told: each backup's manifest names every one of its files."""


@dataclass(slots=True)
class BackupGauges:
    """Reads the folder of the backups, if one is set."""

    settings: Settings
    now: Callable[[], float] = monotonic
    _read: Latest | None = None
    _at: float | None = field(default=None)

    def __call__(self) -> Sequence[Sample]:
        """Both moments; nothing without a folder."""
        if self._at is None or self.now() - self._at >= READ_AGAIN:
            self._read, self._at = latest(self.settings), self.now()
        if self._read is None:
            return ()
        drilled = self._read.drilled_at if self._read.drill_passed else None
        return Sample(MADE, _seconds(self._read.made_at)), Sample(DRILLED, _seconds(drilled))


def _seconds(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()


def tell_of_backups(services: Sequence[Service], settings: Settings) -> None:
    """Has the first service of a process tell of them: they are the installation's, not one service's."""
    first = services[0]
    first.told = [*first.told, BackupGauges(settings)]
