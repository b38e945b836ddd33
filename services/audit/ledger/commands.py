"""Gathers one log's leaves and seals its tree: nothing is signed that does not continue what was signed last.

What was signed last is the later one of the database's last checkpoint and the file's beside the key. A database that
came back from a backup is behind the file: it is sealed again once its tree has grown as far and has the same root.
"""

from dataclasses import dataclass, field

from services.audit.ledger import projections as ledger
from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.domain import (
    Inconsistency,
    InconsistentLedgerError,
    Subtree,
    consistency_ranges,
    is_consistent,
    needed_for,
    range_hash,
    root,
    subtrees,
)
from services.audit.ledger.growth import Edge, edge_tiles, grown
from services.audit.ledger.leaves import leaf_hashes_of
from services.audit.ledger.notes import Note, NoteError, SignerKey
from services.audit.ledger.queries import Connection, StoredCheckpoint, last_checkpoint, rows_after, tiles, tree_size
from services.audit.ledger.sealed_file import SealedFile
from services.audit.ledger.tiles import TileHashes, tiles_of
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.private_files import UnsafeSecretsError

BATCH = 4096
"""Rows of a log that are hashed and stored together."""


@dataclass(kw_only=True)
class Sealer:
    """One log's tree. Several processes may run one each: of two that add or sign at once, one does."""

    ledger: str
    log: str
    key: SignerKey
    file: SealedFile
    database: Database
    clock: Clock
    sealed: int = 0
    """Leaves of the last checkpoint that this process has seen."""
    _edge: Edge | None = field(default=None, init=False)

    async def gather(self, upto: int) -> int:
        """Adds the next leaves of the log, up to a position; how many are left after these.

        Raises:
            InconsistentLedgerError: the log lacks one of them.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self.database.reading() as connection:
            edge = self._edge or await self._stored_edge(connection)
            if edge.size >= upto:
                self._edge = edge
                return 0
            rows = await rows_after(connection, self.log, edge.size, upto, BATCH)
            whole = len(rows) == min(BATCH, upto - edge.size)
            if not whole or rows[-1]["position"] != edge.size + len(rows):
                raise InconsistentLedgerError(Inconsistency.HOLE)
            after, added = grown(edge, leaf_hashes_of(rows))
            self._edge = None  # until it is known that they were added
            if await ledger.add_leaves(connection, self.ledger, self.log, edge.size, added):
                self._edge = after
                return upto - after.size
            return upto - edge.size

    async def seal(self) -> Checkpoint | None:
        """Signs the tree as it is now, if it has grown; the new checkpoint, or ``None``.

        Raises:
            InconsistentLedgerError: it does not continue what was signed last, or that cannot be kept.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self.database.reading() as connection, connection.transaction():
            await ledger.alone_with(connection, self.key.name)
            size = await tree_size(connection, self.log, self.ledger)
            stored = self._checked(await last_checkpoint(connection, self.log, self.ledger))
            in_file = await self.file.read()
            kept = self._opened(in_file)
            before = _later(stored, kept)
            self.sealed = 0 if stored is None else stored.size
            if size == self.sealed or (before is not None and size < before.size):
                return None
            now = Checkpoint(self.key.name, size, await self._root(connection, size, before))
            note = now.signed(self.key)
            try:
                await self.file.advance(note, after=in_file)
            except UnsafeSecretsError:
                raise InconsistentLedgerError(Inconsistency.CANNOT_KEEP) from None
            await ledger.add_checkpoint(connection, self.ledger, self.log, now, note, self.clock())
        self.sealed = size
        return now

    async def _root(self, connection: Connection, size: int, before: Checkpoint | None) -> bytes:
        """The root of the tree of ``size`` leaves as it is stored, proven to continue what was signed before."""
        ranges = consistency_ranges(before.size, size) if before is not None else []
        needed = [*subtrees((0, size)), *needed_for(ranges), *([] if before is None else subtrees((0, before.size)))]
        hashes = await self._hashes(connection, needed)
        try:
            found = root(size, hashes)
            proof = [range_hash(one, hashes) for one in ranges]
        except KeyError:
            raise InconsistentLedgerError(Inconsistency.TILES_CHANGED) from None
        if self._edge is not None and self._edge.size == size and self._edge.root() != found:
            raise InconsistentLedgerError(Inconsistency.TILES_CHANGED)
        if before is not None and not is_consistent(before.size, before.root, size, found, proof):
            other = Inconsistency.OTHER_ROOT if before.size == size else Inconsistency.NOT_CONTINUED
            raise InconsistentLedgerError(other)
        return found

    async def _hashes(self, connection: Connection, needed: list[Subtree]) -> TileHashes:
        return TileHashes(await tiles(connection, self.log, tiles_of(needed), self.ledger))

    async def _stored_edge(self, connection: Connection) -> Edge:
        size = await tree_size(connection, self.log, self.ledger)
        wanted = edge_tiles(size)
        found = await tiles(connection, self.log, wanted, self.ledger)
        if len(found) != len(wanted):
            raise InconsistentLedgerError(Inconsistency.TILES_CHANGED)
        return Edge(size, {tile.level: hashes for tile, hashes in found.items()})

    def _checked(self, stored: StoredCheckpoint | None) -> Checkpoint | None:
        """The database's last checkpoint: signed, and what its row says."""
        if stored is None:
            return None
        try:
            said = opened(Note.parse(stored.note.encode()), self.key.verifier)
        except NoteError:
            raise InconsistentLedgerError(Inconsistency.ANOTHER_KEY) from None
        if (said.size, said.root) != (stored.size, stored.root):
            raise InconsistentLedgerError(Inconsistency.OTHER_ROOT)
        return said

    def _opened(self, note: Note | None) -> Checkpoint | None:
        return None if note is None else opened(note, self.key.verifier)


def _later(stored: Checkpoint | None, kept: Checkpoint | None) -> Checkpoint | None:
    """The later of the two checkpoints.

    Raises:
        InconsistentLedgerError: they have one size and two roots.
    """
    if stored is None or kept is None:
        return stored or kept
    if stored.size == kept.size and stored.root != kept.root:
        raise InconsistentLedgerError(Inconsistency.OTHER_ROOT)
    return max(stored, kept, key=lambda one: one.size)
