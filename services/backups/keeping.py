"""The folder of backups: which there are, which was made last, and which are kept."""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.chassis.settings import Settings

COMPLETE, UNFINISHED = "backup-", "unfinished-"
DRILL = "drill.json"
"""In the folder of backups: how the last drill ended."""


@dataclass(frozen=True, slots=True)
class Latest:
    """When the last backup was made, and when a drill last found that one can be restored; ``None``: never."""

    made_at: datetime | None
    drilled_at: datetime | None
    drill_passed: bool | None
    """Whether the last drill passed; ``None``: there was none."""


def latest(settings: "Settings") -> Latest | None:
    """The newest backup and drill in ``CANALIZA_BACKUPS``; ``None``: the setting is not set."""
    return None if settings.backups is None else latest_in(settings.backups)


def latest_in(folder: Path) -> Latest:
    """The newest backup and drill in a folder. What cannot be read counts as absent."""
    made = [at for one in complete(folder) if (at := _moment(one / "manifest.json", "made_at")) is not None]
    said = _read(folder / DRILL)
    return Latest(max(made, default=None), _moment(folder / DRILL, "passed_at"), said.get("passed") if said else None)


def complete(folder: Path) -> list[Path]:
    """The folders of complete backups, oldest first: their names are the moments they were made."""
    return sorted(path for path in folder.glob(f"{COMPLETE}*") if (path / "manifest.json").is_file())


def remove_unfinished(folder: Path) -> list[str]:
    """Removes what an interrupted backup left. Returns the names."""
    left = sorted(folder.glob(f"{UNFINISHED}*"))
    left += [path for path in folder.glob(f"{COMPLETE}*") if not (path / "manifest.json").is_file()]
    for path in left:
        shutil.rmtree(path)
    return [path.name for path in left]


def remove_old(folder: Path, keep: int) -> list[str]:
    """Removes all backups but the newest ``keep``. Returns the names."""
    over = complete(folder)[:-keep] if keep > 0 else []
    for path in over:
        (path / "manifest.json").unlink()  # first: what is half removed is no backup
        shutil.rmtree(path)
    return [path.name for path in over]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found


def _moment(path: Path, name: str) -> datetime | None:
    said = _read(path)
    try:
        return None if said is None or said.get(name) is None else datetime.fromisoformat(said[name])
    except (ValueError, TypeError):
        return None
