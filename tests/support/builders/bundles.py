"""Bundles of logs that were made up: real events, real trees and signatures, no database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.audit.bundles.domain import Head, LogPart, ModelPart, canonical
from services.audit.bundles.packing import packed
from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import leaf_hash, root
from services.audit.ledger.notes import Algorithm, Note, SignerKey
from services.audit.ledger.tiles import WIDTH, Tile, TileHashes, folded
from services.audit.verification.commands import known_schema

INSTALLATION = "0e5a1f2c"
MADE_AT = datetime(2026, 11, 30, 18, tzinfo=UTC)


def signer(name: str, number: int, algorithm: Algorithm = Algorithm.ED25519) -> SignerKey:
    """The same key every time."""
    return SignerKey(name, Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big")), algorithm)


def tiles_over(leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """Every tile of the tree over these entries."""
    tiles: dict[Tile, bytes] = {}
    hashes, level = [leaf_hash(leaf) for leaf in leaves], 0
    while hashes:
        for first in range(0, len(hashes), WIDTH):
            tiles[Tile(level, first // WIDTH)] = b"".join(hashes[first : first + WIDTH])
        hashes = [folded(b"".join(hashes[at : at + WIDTH])) for at in range(0, len(hashes) - WIDTH + 1, WIDTH)]
        level += 1
    return tiles


@dataclass
class Ledger:
    """An installation's logs, its keys and its witnesses."""

    logs: dict[str, list[bytes]]
    """The entries of each log."""
    models: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    erasures_listed: list[dict[str, Any]] = field(default_factory=list)
    earlier: dict[str, list[int]] = field(default_factory=dict)
    """Sizes at which each log was sealed before."""
    witnesses: Sequence[SignerKey] = ()
    made_at: datetime = MADE_AT
    heads: dict[str, int] = field(default_factory=dict)
    topics: Sequence[str] = ()
    notes: dict[str, Note] = field(default_factory=dict)
    """A checkpoint that is handed out instead of the log's own."""
    sealed_leaves: dict[str, list[bytes]] = field(default_factory=dict)
    """What was sealed and signed, where the entries were changed behind the ledger's back."""
    tiles_follow: bool = False
    """Whether whoever changed the entries made the tiles anew as well."""
    bundle_key: SignerKey | None = None
    """Who signs the manifest instead of the installation."""

    def key(self, log: str) -> SignerKey:
        """A log's key, or the bundle's."""
        return signer(f"canaliza.invalid/{INSTALLATION}/{log}", 1 + sum(log.encode()))

    def sealed(self, log: str, size: int | None = None) -> Note:
        """The checkpoint of a log, cosigned."""
        leaves = self.sealed_leaves.get(log, self.logs[log])[:size]
        origin = self.key(log).name
        note = Checkpoint(origin, len(leaves), root(len(leaves), TileHashes(tiles_over(leaves)))).signed(self.key(log))
        return note.with_signatures(cosignature(witness, note) for witness in self.witnesses)

    def policy(self) -> str:
        """The keys, with every witness needed."""
        lines = [f"log {self.key(log).verifier}" for log in [*sorted(self.logs), "bundle"]]
        lines += [f"witness w{number} {one.verifier}" for number, one in enumerate(self.witnesses)]
        names = [f"w{number}" for number in range(len(self.witnesses))]
        lines += [f"group everybody all {' '.join(names)}", "quorum everybody"] if names else ["quorum none"]
        return "".join(f"{line}\n" for line in lines)

    def head(self) -> Head:
        """The first file."""
        return Head(
            format="canaliza-bundle/1",
            made_at=self.made_at,
            installation=INSTALLATION,
            program="1.0",
            key=str(self.key("bundle").verifier),
            logs=tuple(
                LogPart(name=log, size=len(leaves), head=self.heads.get(log, len(leaves)))
                for log, leaves in sorted(self.logs.items())
                if leaves
            ),
            schemas=tuple(sorted(self.topics)),
            models=tuple(ModelPart(service=service, name=name) for service, name in sorted(self.models)),
        )

    async def write(self, path: Path) -> Path:
        """The bundle in a file."""
        signing = self.bundle_key or self.key("bundle")
        schemas = {topic: known_schema(topic) or b"" for topic in self.topics}
        with path.open("wb") as file:
            async for piece in packed(self.head(), self.policy(), schemas, Served(self), signing):
                file.write(piece)
        return path


def cosignature(witness: SignerKey, note: Note, at: int = 1_764_000_000) -> Any:
    """A witness's signature under a checkpoint."""
    message = f"cosignature/v1\ntime {at}\n{note.text}".encode()
    signed = witness.sign(message)
    return type(signed)(signed.name, signed.key_id, at.to_bytes(8, "big") + signed.blob)


class Served:
    """A ledger as the source of a bundle."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def checkpoint(self, log: str) -> str:
        return str(self._ledger.notes.get(log) or self._ledger.sealed(log))

    async def checkpoints(self, log: str) -> AsyncIterator[str]:
        for size in self._ledger.earlier.get(log, ()):
            yield str(self._ledger.sealed(log, size))

    async def tiles(self, log: str, wanted: Sequence[Tile]) -> Mapping[Tile, bytes]:
        leaves = self._ledger.logs[log]
        if not self._ledger.tiles_follow:
            leaves = self._ledger.sealed_leaves.get(log, leaves)
        tiles = tiles_over(leaves)
        return {tile: tiles[tile] for tile in wanted if tile in tiles}

    async def entries(self, log: str, first: int, count: int) -> Sequence[bytes]:
        return self._ledger.logs[log][first - 1 : first - 1 + count]

    async def rows(self, model: ModelPart) -> AsyncIterator[bytes]:
        of_model = self._ledger.models[model.service, model.name]
        for row in sorted(of_model, key=lambda row: UUID(row["id"]).bytes):
            yield canonical(row)

    async def erasures(self) -> AsyncIterator[bytes]:
        for one in self._ledger.erasures_listed:
            yield canonical(one)
