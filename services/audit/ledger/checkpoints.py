"""Checkpoints (C2SP tlog-checkpoint): how many leaves a log's tree has, and its root, signed. Pure."""

import base64
import binascii
import re
from dataclasses import dataclass

from services.audit.ledger.domain import HASH_SIZE
from services.audit.ledger.notes import Note, NoteError, SignerKey, VerifierKey

SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of one log's tree."""

    origin: str
    """The log's name, unique in the world; it is the name of its key, too."""
    size: int
    root: bytes

    def __str__(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, key: SignerKey) -> Note:
        """The checkpoint as a note signed by the log's key."""
        return Note(str(self), (key.sign(str(self).encode()),))

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Reads the text of a checkpoint; lines after the third are allowed and ignored.

        Raises:
            NoteError: it is not one.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or "" in lines[:-1] or not SIZE.fullmatch(lines[1]):
            raise NoteError("not a checkpoint")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (binascii.Error, ValueError):
            raise NoteError("a checkpoint without a root") from None
        if len(root) != HASH_SIZE or base64.b64encode(root).decode() != lines[2]:
            raise NoteError("a checkpoint without a root")
        return cls(lines[0], int(lines[1]), root)


def opened(note: Note, key: VerifierKey) -> Checkpoint:
    """The checkpoint of a note that this key signed.

    Raises:
        NoteError: it is not signed by the key, or is not of the log that the key is named after.
    """
    if not note.is_signed_by(key):
        raise NoteError("a checkpoint that its log did not sign")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        raise NoteError("another log's checkpoint")
    return checkpoint
