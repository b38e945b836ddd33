"""How a tree grows: which hashes new leaves complete, level by level. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.audit.ledger.domain import root
from services.audit.ledger.tiles import HEIGHT, TILE_BYTES, WIDTH, Tile, TileHashes, folded


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: the tile of each level that is not full. More is not needed to grow it."""

    size: int
    tiles: Mapping[int, bytes]
    """Hashes by the level of their tile; a level without a partial tile is left out."""

    def root(self) -> bytes:
        """The tree's root: its largest subtrees are all in the tiles at the edge."""
        placed = {Tile(level, self.size >> HEIGHT * (level + 1)): hashes for level, hashes in self.tiles.items()}
        return root(self.size, TileHashes(placed))


EMPTY = Edge(0, {})


def edge_tiles(size: int) -> list[Tile]:
    """The tiles of the edge of a tree of this size."""
    found, level, hashes = list[Tile](), 0, size
    while hashes:
        if hashes % WIDTH:
            found.append(Tile(level, hashes >> HEIGHT))
        level, hashes = level + 1, hashes >> HEIGHT
    return found


def grown(edge: Edge, leaves: Sequence[bytes]) -> tuple[Edge, list[bytes]]:
    """The edge after these leaf hashes, and the hashes that each level of tiles got, the leaves first."""
    tiles, added, new = dict(edge.tiles), list[bytes](), b"".join(leaves)
    level = 0
    while new:
        added.append(new)
        whole = tiles.pop(level, b"") + new
        full = len(whole) - len(whole) % TILE_BYTES
        if len(whole) > full:
            tiles[level] = whole[full:]
        new = b"".join(folded(whole[at : at + TILE_BYTES]) for at in range(0, full, TILE_BYTES))
        level += 1
    return Edge(edge.size + len(leaves), tiles), added
