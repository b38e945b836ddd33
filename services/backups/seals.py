"""Whether a restored log is the one that was sealed, and the beginning of the one that runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.growth import EMPTY, Edge, grown
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.notes import Note, NoteError
from services.audit.ledger.proving import consistency
from services.audit.ledger.queries import last_checkpoint
from services.audit.ledger.sealed_file import SealedFile
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.private_files import UnsafeSecretsError, read_private


@dataclass
class Seals:
    """What is known of one log's tree from outside of the log, and what its events give."""

    log: str
    wanted: dict[int, set[bytes]] = field(default_factory=dict)
    """Roots that were signed, by their size."""
    last: int = 0
    """The size of the restored database's own last checkpoint."""
    forged: int = 0
    """Checkpoints that this log's key did not sign."""
    roots: dict[int, bytes] = field(default_factory=dict)
    edge: Edge = EMPTY

    def add(self, leaves: Sequence[bytes]) -> None:
        """Grows the tree by the next leaf hashes, with the roots at every size that was signed."""
        at = 0
        for size in sorted(size for size in self.wanted if self.edge.size < size <= self.edge.size + len(leaves)):
            upto = at + size - self.edge.size
            self.edge, _ = grown(self.edge, leaves[at:upto])
            self.roots[size], at = self.edge.root(), upto
        self.edge, _ = grown(self.edge, leaves[at:])

    @property
    def differing(self) -> list[int]:
        """The sizes at which this log has another root than was signed, or of which it lacks what it sealed itself."""
        other = [size for size, root in self.roots.items() if self.wanted[size] != {root}]
        return sorted(other + ([self.last] if self.last > self.edge.size else []))


async def seals_of(connection: asyncpg.Connection, log: str, keys: LedgerKeys, folders: Iterable[Path]) -> Seals:
    """The signed sizes of a log: in the restored database, and in the files beside keys (``folders``)."""
    verifier, found = keys.verifiers()[log], Seals(log)
    notes = []
    if (stored := await last_checkpoint(connection, log, keys.id)) is not None:
        notes.append(stored.note)
        found.last = stored.size
    for folder in folders:
        path = SealedFile.of(folder, verifier).path
        try:
            notes.append(read_private(path))
        except UnsafeSecretsError:
            continue
    for text in notes:
        try:
            checkpoint: Checkpoint = opened(Note.parse(text.encode()), verifier)
        except NoteError:
            found.forged += 1
        else:
            found.wanted.setdefault(checkpoint.size, set()).add(checkpoint.root)
    return found


async def continued_by(running: asyncpg.Connection, seals: Seals) -> bool | None:
    """Whether the running system's log begins with this one; ``None``: it cannot be said, as nothing is sealed.

    The proof is made of the running ledger and verified before it is believed.
    """
    if not seals.last:
        return None
    try:
        proof = await consistency(running, seals.log, seals.last, None)
    except NotFoundError:
        return False  # the running log is the shorter
    except ServiceError:
        return None
    return proof.first_root == seals.roots.get(seals.last)
