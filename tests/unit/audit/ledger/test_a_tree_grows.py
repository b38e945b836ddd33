"""However many events come at a time, the tree is the one of RFC 6962, and its edge alone says so."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.ledger.domain import Subtree, root
from services.audit.ledger.growth import EMPTY, Edge, edge_tiles, grown
from services.audit.ledger.keys import BUNDLE, LOGS, LedgerKeys, NoLedgerKeyError
from services.audit.ledger.leaves import leaf_hashes_of, read_leaf
from services.audit.ledger.tiles import TILE_BYTES, Tile, TileHashes, widths
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.secrets.installation import Secrets

LEAVES = [sha256(b"%d" % number).digest() for number in range(70_000)]


def by_doubling(size: int) -> bytes:
    """The root, two neighbours at a time: RFC 6962's tree of any size, without tiles."""
    level = LEAVES[:size]
    while len(level) > 1:
        paired = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0] if level else sha256(b"").digest()


def in_batches(sizes: list[int]) -> tuple[Edge, dict[Tile, bytes]]:
    """The tree that grew so, and its tiles as they are stored."""
    edge, levels = EMPTY, dict[int, bytes]()
    for size in sizes:
        edge, added = grown(edge, LEAVES[edge.size : edge.size + size])
        for level, hashes in enumerate(added):
            levels[level] = levels.get(level, b"") + hashes
    stored = {
        Tile(level, at // TILE_BYTES): hashes[at : at + TILE_BYTES]
        for level, hashes in levels.items()
        for at in range(0, len(hashes), TILE_BYTES)
    }
    return edge, stored


@given(st.lists(st.sampled_from([0, 1, 2, 255, 256, 257, 300, 4096, 5000]) | st.integers(0, 1200), max_size=12))
def test_any_batches_make_the_same_tree(sizes: list[int]) -> None:
    edge, stored = in_batches(sizes)
    size = sum(sizes)
    assert edge.size == size
    assert edge.root() == root(size, TileHashes(stored)) == by_doubling(size)
    assert {tile: len(hashes) // 32 for tile, hashes in stored.items()} == dict(widths(size))
    assert {tile.level: stored[tile] for tile in edge_tiles(size)} == edge.tiles


def test_a_tree_with_three_levels_of_tiles_grows_over_their_ends() -> None:
    edge, stored = in_batches([65_535, 1, 1, 255, 4_208])
    assert edge.root() == by_doubling(70_000)
    assert TileHashes(stored)(Subtree(16, 0)) == by_doubling(65_536)


def entry(topic: str = "intake.case_opened.v1", state: bytes = b"{}", case: UUID | None = None) -> LogEntry:
    return LogEntry(
        originator_id=uuid4(),
        originator_version=3,
        topic=topic,
        state=state,
        id=uuid4(),
        case=case,
        recorded_at=datetime(2013, 6, 12, tzinfo=UTC),
        position=41,
    )


@given(st.text(max_size=40), st.binary(max_size=300), st.none() | st.uuids())
def test_rows_are_hashed_as_their_entries_are(topic: str, state: bytes, case: UUID | None) -> None:
    one = entry(topic, state, case)
    row = (one.position, one.id, one.stream, one.originator_version, one.topic, one.case, one.state)
    assert leaf_hashes_of([row]) == [one.leaf_hash()]
    read = read_leaf(one.leaf())
    assert (read.position, read.id, read.stream, read.version, read.topic, read.case, read.state) == row


@pytest.mark.parametrize("cut", [0, 40, -1])
def test_an_entry_that_was_cut_is_none(cut: int) -> None:
    with pytest.raises(ValueError, match="not an entry"):
        read_leaf(entry().leaf()[:cut])


def test_every_log_has_a_key_of_its_own_and_so_have_bundles() -> None:
    keys = LedgerKeys.of(Secrets.generate().of("audit"))
    publics = {name: key.public for name, key in keys.verifiers().items()}
    assert set(publics) == {*LOGS, BUNDLE}
    assert len(set(publics.values())) == len(publics)
    assert keys.signer("intake").verifier == LedgerKeys(keys.id, keys.seed).signer("intake").verifier
    other = LedgerKeys("0" * 32, keys.seed).signer("intake").verifier
    assert other.public != publics["intake"], "the same key for two ledgers"
    assert keys.seed.hex() not in repr(keys)


def test_no_other_service_has_the_ledgers_key() -> None:
    made = Secrets.generate()
    for service in ("intake", "referral", "notifications"):
        with pytest.raises(NoLedgerKeyError):
            LedgerKeys.of(made.of(service))
