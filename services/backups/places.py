"""Where a backup may be: apart from what it saves, and its keys apart from it."""

from pathlib import Path

from services.backups.refusals import RefusedError
from services.chassis.secrets.folder import backup_folder, keys_folder
from services.chassis.settings import Settings


def check_apart(settings: Settings, to: Path, keys_to: Path | None) -> None:
    """Checks that no folder contains another: whoever copies one must not get the others with it.

    Raises:
        RefusedError: one of them does.
        UnsafeSecretsError: the installation's own folders are not apart.
    """
    own = {
        "CANALIZA_DATA": settings.data,
        "CANALIZA_KEYS": keys_folder(settings.data, settings.keys),
        "CANALIZA_KEYS_BACKUP": backup_folder(settings.data, settings.keys, settings.keys_backup),
    }
    for name, place in own.items():
        _apart(("--to", to), (name, place))
        if keys_to is not None:
            _apart(("--keys-to", keys_to), (name, place))
    if keys_to is not None:
        _apart(("--keys-to", keys_to), ("--to", to))


def on_one_disk(settings: Settings, to: Path, keys_to: Path | None) -> list[tuple[str, str]]:
    """Pairs of folders that should be on two disks and are on one: what takes the first takes the second."""
    pairs = [("CANALIZA_DATA", settings.data, "--to", to)]
    if keys_to is not None:
        pairs.append(("--to", to, "--keys-to", keys_to))
    return [(first, second) for first, one, second, other in pairs if _device(one) == _device(other)]


def _apart(first: tuple[str, Path], second: tuple[str, Path]) -> None:
    inner, outer = first[1].resolve(), second[1].resolve()
    if inner == outer or inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise RefusedError(
            f"{first[0]} y {second[0]} deben estar aparte: ninguna carpeta dentro de la otra.",
            f"{first[0]} and {second[0]} must be apart, neither inside the other.",
        )


def _device(path: Path) -> int:
    """The disk of a folder, or of the one that it will be made in."""
    there = next(one for one in (path.resolve(), *path.resolve().parents) if one.exists())
    return there.stat().st_dev
