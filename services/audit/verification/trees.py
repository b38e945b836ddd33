"""Checks every leaf and every tile of a log's tree, level by level, and locates the first that does not fit."""

import struct
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256

from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import LogPart, level_of_entries, tiles_in_order, width_of
from services.audit.ledger.domain import HASH_SIZE, root
from services.audit.ledger.tiles import WIDTH, Tile, TileHashes, entries_path, folded, path_of
from services.audit.verification.domain import Check
from services.audit.verification.entries import parse_entry

ENVELOPE = struct.Struct(">BQ16s16sQ")
RECORD = struct.Struct(">16sQQQI")
"""Stream, version, position, and where the entry is in the container: offset and size."""
TILES_IN_MEMORY = 512

Take = Callable[[bytes], None]


class StoredTiles(Mapping[Tile, bytes]):
    """The tiles of a log in a bundle, read when they are needed."""

    def __init__(self, bundle: Bundle, log: LogPart) -> None:
        """Reads from ``bundle``."""
        self._read = lru_cache(TILES_IN_MEMORY)(lambda tile: bundle.read(_path(log, tile)))
        self._log = log

    def __getitem__(self, tile: Tile) -> bytes:
        """The hashes of a tile."""
        content: bytes = self._read(tile)
        return content

    def __iter__(self) -> Iterator[Tile]:
        """Every tile of the tree."""
        return (tile for tile, _ in tiles_in_order(self._log.size))

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)


class Tree:
    """The tree that a bundle's tiles tell of."""

    def __init__(self, bundle: Bundle, log: LogPart) -> None:
        """Reads from ``bundle``."""
        self.size = log.size
        self._hashes = TileHashes(StoredTiles(bundle, log))

    def root(self, size: int) -> bytes:
        """The root of the first ``size`` leaves."""
        return root(size, self._hashes)


def check_leaves(check: Check, bundle: Bundle, log: LogPart, take: Take) -> None:
    """Compares every entry with its leaf, and its envelope with its place. ``take``: gets a ``RECORD`` of each."""
    position = 0
    for index, width in level_of_entries(log.size):
        path = f"{log.folder}/{entries_path(index, width)}"
        hashes = bundle.read(_path(log, Tile(0, index)))
        offset, size = bundle.files[path]
        content, at, leaves = bundle.at(offset, size), 0, []
        for number in range(width):
            length = int.from_bytes(content[at : at + 2], "big")
            entry = content[at + 2 : at + 2 + length]
            if at + 2 + length > size:
                check.fault("entries_cut_short", log=log.name, position=position + number + 1, path=path)
                return
            leaves.append(sha256(b"\x00" + entry).digest())
            _envelope(check, log.name, position + number + 1, entry, offset + at + 2, take)
            at += 2 + length
        if at != size:
            check.fault("entries_too_many", log=log.name, position=position + width, path=path)
        if b"".join(leaves) != hashes:
            for number, leaf in enumerate(leaves):
                if leaf != hashes[number * HASH_SIZE : (number + 1) * HASH_SIZE]:
                    _altered(check, log, position + number + 1, content, number)
        position += width
    check.count("entries", position)


def check_tiles(check: Check, bundle: Bundle, log: LogPart) -> None:
    """Compares every hash of every upper tile with the full tile beneath it."""
    for tile, width in tiles_in_order(log.size):
        check.count("tiles")
        if not tile.level:
            continue
        hashes = bundle.read(_path(log, tile))
        for number in range(width):
            child = Tile(tile.level - 1, tile.number * WIDTH + number)
            if folded(bundle.read(_path(log, child))) != hashes[number * HASH_SIZE : (number + 1) * HASH_SIZE]:
                leaves = 1 << (8 * tile.level)
                first = child.number * leaves + 1
                check.fault(
                    "tile_differs", log=log.name, position=first, until=first + leaves - 1, path=_path(log, tile)
                )


def _envelope(check: Check, log: str, position: int, entry: bytes, offset: int, take: Take) -> None:
    if not entry:
        check.fault("entry_missing", log=log, position=position)
        return
    try:
        form, said, _, stream, version = ENVELOPE.unpack_from(entry)
    except struct.error:
        form = 0
    if form != 1:
        check.fault("entry_not_canonical", log=log, position=position)
        return
    if said != position:
        check.fault("wrong_position", log=log, position=position, until=said)
    take(RECORD.pack(stream, version, position, offset, len(entry)))


def _altered(check: Check, log: LogPart, position: int, content: bytes, number: int) -> None:
    """Says of an entry that is not the sealed one what it claims to be."""
    at = 0
    for _ in range(number):
        at += 2 + int.from_bytes(content[at : at + 2], "big")
    entry = parse_entry(content[at + 2 : at + 2 + int.from_bytes(content[at : at + 2], "big")])
    where = {} if entry is None else located(entry.stream, entry.version, entry.id, entry.topic)
    check.fault("leaf_differs", log=log.name, position=position, **where)


def located(stream: object, version: int, event: object, topic: str) -> dict[str, object]:
    """Where an event belongs, for a fault."""
    shown = topic if topic.isprintable() and len(topic) < 100 else "?"
    return {"stream": str(stream), "version": version, "event": str(event), "topic": shown}


def _path(log: LogPart, tile: Tile) -> str:
    return f"{log.folder}/{path_of(tile, width_of(tile, log.size))}"
