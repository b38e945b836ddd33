"""Why a backup, a restore or a drill was not done, in words for whoever typed the command."""


class RefusedError(Exception):
    """What was asked for was not done; nothing was changed, unless the sentence says so."""

    def __init__(self, es: str, en: str) -> None:
        super().__init__(en)
        self.es, self.en = es, en


class DamagedBackupError(RefusedError):
    """A file of a backup is missing, or is not what it was when the backup was made."""
