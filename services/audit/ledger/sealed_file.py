"""The last checkpoint of each log in a file beside the key: what an older copy of the database cannot undo.

It is written before the database commits. So it may be ahead of the database, by a crash or by a restore, and the
database is never ahead of it except after a restore of the keys.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.domain import Inconsistency, InconsistentLedgerError
from services.audit.ledger.notes import Note, NoteError, VerifierKey
from services.chassis.private_files import UnsafeSecretsError, private_folder, read_private, write_private
from services.chassis.secrets.folder import alone_in


@dataclass(frozen=True, slots=True)
class SealedFile:
    """The file of one log."""

    path: Path
    key: VerifierKey
    """The log's."""

    @classmethod
    def of(cls, folder: Path, key: VerifierKey) -> "SealedFile":
        """The file of the log that the key is named after: ``<ledger>-<log>.note``."""
        _, ledger, log = key.name.split("/")
        return cls(folder / f"{ledger}-{log}.note", key)

    async def read(self) -> Note | None:
        """The last checkpoint; ``None``: there is none yet.

        Raises:
            InconsistentLedgerError: it cannot be read, or the log's key did not sign it.
        """
        return await asyncio.to_thread(self._read)

    async def advance(self, note: Note, *, after: Note | None) -> None:
        """Stores a checkpoint that this log's key signed, on disk when this returns.

        ``after``: what the file had when the checkpoint was proven to continue it. Another process, over another copy
        of the database, may have stored its own since then: that the checkpoint continues that one is not proven.

        Raises:
            InconsistentLedgerError: the file has another checkpoint than ``after`` by now, or another root for the
                same size.
            UnsafeSecretsError: it cannot be written.
        """
        await asyncio.to_thread(self._advance, note, after)

    def _read(self) -> Note | None:
        try:
            if not self.path.exists():
                return None
            note = Note.parse(read_private(self.path).encode())
            opened(note, self.key)
        except (NoteError, UnsafeSecretsError, UnicodeDecodeError, OSError):
            raise InconsistentLedgerError(Inconsistency.UNREADABLE) from None
        return note

    def _advance(self, note: Note, after: Note | None) -> None:
        try:
            private_folder(self.path.parent)
            with alone_in(self.path.parent):
                known = self._read()
                if (None if known is None else known.text) != (None if after is None else after.text):
                    raise InconsistentLedgerError(Inconsistency.NOT_CONTINUED)
                before = None if known is None else Checkpoint.parse(known.text)
                now = opened(note, self.key)
                if before is not None and before.size == now.size and before.root != now.root:
                    raise InconsistentLedgerError(Inconsistency.OTHER_ROOT)
                if before is not None and before.size > now.size:
                    raise InconsistentLedgerError(Inconsistency.NOT_CONTINUED)
                if before is None or before.size < now.size:
                    write_private(self.path, str(note))
        except OSError as error:
            raise UnsafeSecretsError(f"{self.path} cannot be written: {error.strerror}") from None
