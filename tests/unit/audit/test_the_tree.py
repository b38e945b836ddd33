"""The Merkle tree is RFC 6962's: its published vectors, another's tree, and every tree up to seventy leaves."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from services.audit.ledger.domain import (
    EMPTY_ROOT,
    Range,
    consistency_ranges,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    needed_for,
    node_hash,
    range_hash,
    root,
    root_from_inclusion,
)
from services.audit.ledger.tiles import HEIGHT, Tile, TileHashes, entries_path, folded, path_of, tiles_of, widths

VECTOR_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The leaves of the reference implementation of RFC 6962 (certificate-transparency, merkle_tree_test)."""
VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LARGEST = 70


def stored(leaves: list[bytes]) -> TileHashes:
    """The tiles of these leaves' tree."""
    tiles: dict[Tile, bytes] = {}
    hashes, level = [leaf_hash(leaf) for leaf in leaves], 0
    while hashes:
        for first in range(0, len(hashes), 256):
            tiles[Tile(level, first >> HEIGHT)] = b"".join(hashes[first : first + 256])
        hashes = [folded(b"".join(hashes[at : at + 256])) for at in range(0, len(hashes) - 255, 256)]
        level += 1
    return TileHashes(tiles)


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 §2.1 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    middle = max(2**power for power in range(len(leaves).bit_length()) if 2**power < len(leaves))
    return sha256(b"\x01" + by_definition(leaves[:middle]) + by_definition(leaves[middle:])).digest()


def proof(ranges: list[Range], hashes: TileHashes) -> list[bytes]:
    return [range_hash(one, hashes) for one in ranges]


LEAVES = [bytes([number]) * (number % 5) for number in range(LARGEST)]


def test_the_published_roots_are_found() -> None:
    hashes = stored(VECTOR_LEAVES)
    assert [root(size, hashes).hex() for size in range(1, 9)] == VECTOR_ROOTS
    assert (
        root(0, hashes)
        == EMPTY_ROOT
        == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )


def test_the_published_paths_are_found() -> None:
    hashes = stored(VECTOR_LEAVES)
    assert [one.hex()[:8] for one in proof(inclusion_ranges(0, 8), hashes)] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    assert [one.hex()[:8] for one in proof(inclusion_ranges(5, 8), hashes)] == ["bc1a0643", "ca854ea1", "d37ee418"]
    assert [one.hex()[:8] for one in proof(consistency_ranges(6, 8), hashes)] == ["0ebc5d34", "ca854ea1", "d37ee418"]


def test_every_tree_of_up_to_seventy_leaves_is_proven_and_every_other_root_refused() -> None:
    hashes = stored(LEAVES)
    roots = [root(size, hashes) for size in range(LARGEST + 1)]
    assert roots == [by_definition(LEAVES[:size]) for size in range(LARGEST + 1)]
    for size in range(1, LARGEST + 1):
        for leaf in range(size):
            path = proof(inclusion_ranges(leaf, size), hashes)
            assert root_from_inclusion(leaf, size, leaf_hash(LEAVES[leaf]), path) == roots[size]
        for first in range(size + 1):
            path = proof(consistency_ranges(first, size), hashes)
            assert is_consistent(first, roots[first], size, roots[size], path)
            assert len(path) <= 2 * size.bit_length()
            if first not in {0, size}:
                assert not is_consistent(first, roots[first - 1], size, roots[size], path)
                assert not is_consistent(first, roots[first], size, roots[size - 1], path)


@given(st.integers(1, LARGEST), st.data())
def test_a_proof_that_was_changed_proves_nothing(size: int, data: st.DataObject) -> None:
    hashes = stored(LEAVES[:size])
    leaf = data.draw(st.integers(0, size - 1))
    path = proof(inclusion_ranges(leaf, size), hashes)
    changed = list(path)
    what = data.draw(st.sampled_from(["flip", "drop", "add"] if path else ["add"]))
    if what == "add":
        changed.append(sha256(b"more").digest())
    else:
        at = data.draw(st.integers(0, len(path) - 1))
        changed[at : at + 1] = [] if what == "drop" else [bytes([path[at][0] ^ 1]) + path[at][1:]]
    assert root_from_inclusion(leaf, size, leaf_hash(LEAVES[leaf]), changed) != root(size, hashes)


@given(st.integers(2, LARGEST), st.data())
def test_a_consistency_proof_that_was_changed_proves_nothing(second: int, data: st.DataObject) -> None:
    hashes = stored(LEAVES[:second])
    first = data.draw(st.integers(1, second - 1))
    path = proof(consistency_ranges(first, second), hashes)
    at = data.draw(st.integers(0, len(path) - 1))
    flipped = [*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]]
    for changed in (flipped, path[:-1], [*path, EMPTY_ROOT]):
        assert not is_consistent(first, root(first, hashes), second, root(second, hashes), changed)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 255, 256, 257, 300, 1000])
def test_anothers_tree_has_the_same_roots_and_proofs(size: int) -> None:
    leaves = [number.to_bytes(3) for number in range(size)]
    hashes, other = stored(leaves), InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        other.append_entry(leaf)
    assert other.get_root() == root(size, hashes)
    for number in {0, size // 3, size - 1}:
        path = other.prove_inclusion(number + 1).serialize()["path"]
        ours = [one.hex() for one in proof(inclusion_ranges(number, size), hashes)]
        assert path == [leaf_hash(leaves[number]).hex(), *ours]
    for first in {1, size // 2, size - 1} - {0}:
        assert other.get_root(first) == root(first, hashes)


def test_few_tiles_are_read_for_a_proof_in_a_large_tree() -> None:
    size = 3_000_000_000
    assert len(tiles_of(needed_for(inclusion_ranges(1_234_567_890, size)))) <= 12
    assert len(tiles_of(needed_for(consistency_ranges(1_234_567_890, size)))) <= 12


def test_tiles_are_named_as_others_read_them() -> None:
    assert path_of(Tile(0, 1234067)) == "tile/0/x001/x234/067"
    assert path_of(Tile(1, 0), 17) == "tile/1/000.p/17"
    assert entries_path(5, 3) == "tile/entries/005.p/3"
    assert widths(70_000) == [
        *[(Tile(0, number), 256) for number in range(273)],
        (Tile(0, 273), 112),
        (Tile(1, 0), 256),
        (Tile(1, 1), 17),
        (Tile(2, 0), 1),
    ]


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
