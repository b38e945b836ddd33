"""Proofs that one entry is in a log, in a file that needs nothing else (C2SP tlog-proof). Pure."""

import base64
import binascii
import re
from dataclasses import dataclass

from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.domain import HASH_SIZE, leaf_hash, root_from_inclusion
from services.audit.ledger.notes import Note, NoteError, VerifierKey

FIRST_LINE = "c2sp.org/tlog-proof@v1"
INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")
MAX_PROOF = 300_000
"""Characters of the largest file that is read: an entry is at most 64 KiB."""
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class LogProof:
    """An entry, the hashes that lead from it to the root, and the signed checkpoint with that root."""

    entry: bytes
    """The bytes that were hashed: the ``extra`` data of the format, proven by what follows."""
    index: int
    """The entry's number in the log, from 0; its position is one more."""
    hashes: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        """The file."""
        lines = [FIRST_LINE, f"extra {_text(self.entry)}", f"index {self.index}", *map(_text, self.hashes)]
        return "\n".join(lines) + "\n\n" + str(self.note)

    @classmethod
    def parse(cls, text: str) -> "LogProof":
        """Reads a file; nothing is verified.

        Raises:
            NoteError: it is no such file, or has no entry.
        """
        if len(text) > MAX_PROOF:
            raise NoteError("a proof that is too long")
        head, separator, note = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or len(lines) < 3 or lines[0] != FIRST_LINE or not lines[1].startswith("extra "):
            raise NoteError("not a proof of an entry")
        found = INDEX.fullmatch(lines[2])
        if found is None:
            raise NoteError("a proof without an index")
        read = tuple(map(_bytes, lines[3:]))
        if len(read) > MAX_HASHES or any(len(one) != HASH_SIZE for one in read):
            raise NoteError("a proof with something that is no hash")
        return cls(_bytes(lines[1].removeprefix("extra ")), int(found[1]), read, Note.parse(note.encode()))

    def verified(self, key: VerifierKey) -> Checkpoint:
        """The checkpoint that the entry is proven to be in.

        Raises:
            NoteError: the log's key did not sign it, or the entry is not in it.
        """
        checkpoint = opened(self.note, key)
        if not self.leads_to(checkpoint.root, checkpoint.size):
            raise NoteError("the entry is not in what was signed")
        return checkpoint

    def leads_to(self, root: bytes, size: int) -> bool:
        """Whether the entry is in the tree of this size and root."""
        return root_from_inclusion(self.index, size, leaf_hash(self.entry), self.hashes) == root


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("a proof with something that is no base64") from None
    if _text(raw) != text:  # only one spelling of the same bytes
        raise NoteError("a proof with something that is no base64")
    return raw
