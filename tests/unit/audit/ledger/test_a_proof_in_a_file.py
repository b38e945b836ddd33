"""A proof of one event is a file that whoever has the log's public key verifies alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import inclusion_ranges, leaf_hash, range_hash
from services.audit.ledger.growth import EMPTY, grown
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.notes import NoteError
from services.audit.ledger.tiles import Tile, TileHashes
from services.audit.ledger.tlog_proof import LogProof

KEYS = LedgerKeys("4f0c9a7be2d14c0f8b6a5d3e2c1b0a99", b"\x07" * 32)
ENTRIES = [b"an entry, %d" % number for number in range(200)]


def proof_of(index: int, size: int) -> LogProof:
    leaves = [leaf_hash(one) for one in ENTRIES[:size]]
    hashes = TileHashes({Tile(0, 0): b"".join(leaves)})
    edge, _ = grown(EMPTY, leaves)
    note = Checkpoint(KEYS.origin("intake"), size, edge.root()).signed(KEYS.signer("intake"))
    ranges = inclusion_ranges(index, size)
    return LogProof(ENTRIES[index], index, tuple(range_hash(one, hashes) for one in ranges), note)


@given(st.integers(1, 200).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_it_comes_back_from_its_file_and_verifies(place: tuple[int, int]) -> None:
    proof = proof_of(*place)
    read = LogProof.parse(str(proof))
    assert read == proof
    assert read.verified(KEYS.signer("intake").verifier).size == place[1]


@given(st.data())
def test_another_character_anywhere_in_it_verifies_nothing_else(data: st.DataObject) -> None:
    """What still verifies after a change says the same: an unknown signature may be added, but not another entry."""
    text = str(proof_of(7, 100))
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("Aa0+/=\n \u2014").filter(lambda one: one != text[at]))
    try:
        LogProof.parse(text[:at] + other + text[at + 1 :]).verified(KEYS.signer("intake").verifier)
    except NoteError:
        return
    pytest.fail(f"character {at} does not matter")


def test_another_logs_key_verifies_nothing() -> None:
    with pytest.raises(NoteError):
        proof_of(3, 9).verified(KEYS.signer("referral").verifier)


@pytest.mark.parametrize(
    "text", ["", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 0\n\n", "x" * 400_000, "\n\n\n"]
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        LogProof.parse(text)
