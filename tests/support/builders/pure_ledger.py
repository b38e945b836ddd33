"""A log's tree in memory, with signed checkpoints of any size and the proofs between them."""

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import consistency_ranges, leaf_hash, range_hash
from services.audit.ledger.growth import EMPTY, grown
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.notes import Note, SignerKey
from services.audit.ledger.tiles import Tile, TileHashes
from services.audit.witnesses.domain import AddCheckpoint

KEYS = LedgerKeys("4f0c9a7be2d14c0f8b6a5d3e2c1b0a99", b"\x07" * 32)


class PureLog:
    """At most 256 leaves; those from ``forked`` on are another history's."""

    def __init__(self, log: str = "referral", *, forked: int = 256, keys: LedgerKeys = KEYS) -> None:
        self.key: SignerKey = keys.signer(log)
        entries = [b"%d" % number if number < forked else b"otro %d" % number for number in range(256)]
        self._leaves = [leaf_hash(one) for one in entries]
        self._hashes = TileHashes({Tile(0, 0): b"".join(self._leaves), Tile(1, 0): b""})

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.key.name, size, grown(EMPTY, self._leaves[:size])[0].root())

    def note(self, size: int) -> Note:
        return self.checkpoint(size).signed(self.key)

    def proof(self, first: int, second: int) -> tuple[bytes, ...]:
        return tuple(range_hash(one, self._hashes) for one in consistency_ranges(first, second))

    def request(self, old: int, size: int) -> AddCheckpoint:
        return AddCheckpoint(old, self.proof(old, size), self.note(size))
