"""Tiles of a tree (C2SP tlog-tiles): 256 hashes of one level together, from which every other hash is computed. Pure.

A tile of level *L* holds hashes of complete subtrees of level 8 *L*. A full tile never changes.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from services.audit.ledger.domain import HASH_SIZE, Subtree

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Hashes of a full tile."""
TILE_BYTES = WIDTH * HASH_SIZE


class Tile(NamedTuple):
    """The place of a tile: its level among tiles, and its number in that level."""

    level: int
    number: int


def tile_of(subtree: Subtree) -> Tile:
    """The tile that a complete subtree's hash is computed from."""
    level, above = divmod(subtree.level, HEIGHT)
    return Tile(level, (subtree.number << above) >> HEIGHT)


def tiles_of(subtrees: Iterable[Subtree]) -> list[Tile]:
    """The tiles that these hashes are computed from, each once."""
    return list(dict.fromkeys(map(tile_of, subtrees)))


class TileHashes:
    """Computes the hashes of complete subtrees from tiles that were read."""

    def __init__(self, tiles: Mapping[Tile, bytes]) -> None:
        """``tiles``: the hashes of each tile, one after the other; a tile may be partial."""
        self._tiles = tiles

    def __call__(self, subtree: Subtree) -> bytes:
        """The hash of a complete subtree.

        Raises:
            KeyError: its tile was not read, or does not reach so far.
        """
        above = subtree.level % HEIGHT
        first = (subtree.number << above) % WIDTH
        hashes = self._tiles[tile_of(subtree)][first * HASH_SIZE : (first + (1 << above)) * HASH_SIZE]
        if len(hashes) != HASH_SIZE << above:
            raise KeyError(subtree)
        return folded(hashes)


def folded(hashes: bytes) -> bytes:
    """The root over a power of two of hashes."""
    while (
        len(hashes) > HASH_SIZE
    ):  # a node for each leaf that is sealed: neighbours are sliced together, not called for
        pairs = range(0, len(hashes), 2 * HASH_SIZE)
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH_SIZE]).digest() for at in pairs])
    return hashes


def path_of(tile: Tile, width: int = WIDTH) -> str:
    """The path of a tile in tlog-tiles' layout, e.g. ``tile/0/x001/234.p/17``. ``width``: how many hashes it has."""
    return f"tile/{tile.level}/{numbered(tile.number)}{partial(width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """The path of the entries beneath a tile of level 0, e.g. ``tile/entries/000``."""
    return f"tile/entries/{numbered(index)}{partial(width)}"


def numbered(index: int) -> str:
    """An index in groups of three digits, all but the last with an ``x`` before it."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups)


def partial(width: int) -> str:
    """The end of the path of a tile that is not full."""
    return "" if width == WIDTH else f".p/{width}"


def widths(size: int) -> list[tuple[Tile, int]]:
    """Every tile of a tree of ``size`` leaves with the number of its hashes, level by level."""
    found: list[tuple[Tile, int]] = []
    level, hashes = 0, size
    while hashes:
        found += [(Tile(level, index), WIDTH) for index in range(hashes >> HEIGHT)]
        if hashes % WIDTH:
            found.append((Tile(level, hashes >> HEIGHT), hashes % WIDTH))
        level, hashes = level + 1, hashes >> HEIGHT
    return found
