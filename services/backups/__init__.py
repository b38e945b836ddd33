"""Base backups, archived WAL and keys apart: ``canaliza backup``, ``restore`` and the drill."""

from services.backups.keeping import latest

__all__ = ["latest"]
