"""Whether a backup can be restored: looked at before anything is written."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.backups.erased import must_be_listed
from services.backups.keeping import complete
from services.backups.manifest import FILE, Manifest, sums
from services.backups.refusals import DamagedBackupError, RefusedError
from services.backups.wal import ARCHIVE, missing, segment_at
from services.chassis.operations.migrate import steps
from services.local.cluster import VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A backup that can be restored."""

    folder: Path
    manifest: Manifest
    root: Path
    """The folder of the backups."""
    archive: Path | None
    """The WAL that continues it; ``None``: there is none."""


def choose(source: Path, until: datetime | None, *, as_far_as_it_goes: bool = False) -> Chosen:
    """The newest backup in a folder from before a moment, or the folder itself if it is a backup; checked as a whole.

    ``as_far_as_it_goes``: although segments of WAL are missing, up to the first of them.

    Raises:
        RefusedError: there is none, it is another version's, or what leads to the moment is not there.
        DamagedBackupError: a file is not what it was.
    """
    folder, root = (source, source.parent) if (source / FILE).is_file() else (_newest(source, until), source)
    manifest = Manifest.read(folder)
    must_be_listed(root)
    _of_this_version(folder, manifest)
    if until is not None and until < manifest.made_at:
        raise RefusedError(
            f"El respaldo {folder.name} es posterior a ese momento: elija uno anterior.",
            "That backup was made after that moment: choose an earlier one.",
        )
    _is_whole(folder, manifest)
    archive = root / ARCHIVE if manifest.kind == "base" and (root / ARCHIVE).is_dir() else None
    if until is not None and archive is None:
        raise RefusedError(
            "Sin WAL archivado solo se llega al momento del respaldo: quite --to-time.",
            "Without archived WAL only the moment of the backup can be reached: leave --to-time out.",
        )
    absent = missing(archive, segment_at(manifest.ends, manifest.timeline)) if archive is not None else []
    if absent and not as_far_as_it_goes:
        raise RefusedError(
            f"Faltan segmentos de WAL, o están dañados: {', '.join(absent)}. Con --as-far-as-it-goes se restaura"
            " hasta el primero de ellos.",
            f"WAL is missing or damaged: {', '.join(absent)}. --as-far-as-it-goes restores up to the first.",
        )
    return Chosen(folder=folder, manifest=manifest, root=root, archive=archive)


def _newest(source: Path, until: datetime | None) -> Path:
    found = [one for one in complete(source) if until is None or Manifest.read(one).made_at <= until]
    if not found:
        raise RefusedError(f"En {source} no hay un respaldo completo.", "There is no complete backup.")
    return found[-1]


def _of_this_version(folder: Path, manifest: Manifest) -> None:
    if manifest.postgres != VERSION:
        raise RefusedError(
            f"{folder.name} es de PostgreSQL {manifest.postgres}, y este programa trae el {VERSION}: restáurelo con el"
            f" programa que lo hizo ({manifest.program}) y actualice después.",
            f"It is of PostgreSQL {manifest.postgres}: restore it by the program that made it, and upgrade then.",
        )
    known = {(schema, name) for schema, name, _ in steps()}
    if any((schema, name) not in known for schema, names in manifest.migrations.items() for name in names):
        raise RefusedError(
            f"{folder.name} es de un programa más nuevo ({manifest.program}): restáurelo con ese.",
            "It is a newer program's: restore it by that one.",
        )


def _is_whole(folder: Path, manifest: Manifest) -> None:
    found = sums(folder)
    wrong = sorted(path for path, expected in manifest.files.items() if found.get(path) != expected)
    if wrong:
        raise DamagedBackupError(
            f"El respaldo {folder.name} está dañado: {', '.join(wrong)}. No se escribió nada; use otro.",
            f"The backup is damaged: {', '.join(wrong)}. Nothing was written; use another.",
        )
