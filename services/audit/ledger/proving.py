"""Makes proofs from the stored tiles, and verifies each before it is handed out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.audit.ledger.domain import (
    Range,
    Subtree,
    consistency_ranges,
    inclusion_ranges,
    is_consistent,
    needed_for,
    range_hash,
    root,
    root_from_inclusion,
    subtrees,
)
from services.audit.ledger.notes import Note
from services.audit.ledger.queries import (
    checkpoint_over,
    entry_bytes,
    last_checkpoint,
    tiles,
)
from services.audit.ledger.tiles import TileHashes, tiles_of
from services.audit.ledger.tlog_proof import LogProof
from services.chassis.errors import NotFoundError, ServiceError


class NotSealedYetError(ServiceError):
    """The tree that was asked about is larger than the one that was sealed last."""

    code = "not_sealed_yet"
    status = 409


class NotProvenError(ServiceError):
    """What is stored does not lead to what was sealed: it was changed."""

    code = "not_proven"
    status = 409


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Why an event is in the tree of ``size`` leaves."""

    index: int
    size: int
    leaf: bytes
    root: bytes
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Consistency:
    """Why the tree of ``second`` leaves begins with that of ``first``."""

    first: int
    first_root: bytes
    second: int
    second_root: bytes
    hashes: Sequence[bytes]


async def inclusion(connection: asyncpg.Connection, log: str, position: int, size: int | None) -> Inclusion:
    """Proves that the event at a position is in the tree of a size, or in the last that was sealed.

    Raises:
        NotFoundError: there is no such event in it.
        NotSealedYetError: the size is larger than what was sealed.
        NotProvenError: what is stored does not lead to what was sealed.
    """
    wanted = await _sealed(connection, log, size)
    if not 1 <= position <= wanted:
        raise NotFoundError
    ranges = inclusion_ranges(position - 1, wanted)
    hashes = await _hashes(connection, log, [Subtree(0, position - 1), *needed_for(ranges), *subtrees((0, wanted))])
    leaf, proof, found = hashes(Subtree(0, position - 1)), _proof(ranges, hashes), root(wanted, hashes)
    if root_from_inclusion(position - 1, wanted, leaf, proof) != found:
        raise NotProvenError
    await _as_sealed(connection, log, wanted, found)
    return Inclusion(position - 1, wanted, leaf, found, proof)


async def consistency(connection: asyncpg.Connection, log: str, first: int, second: int | None) -> Consistency:
    """Proves that the tree of a size, or the last that was sealed, begins with a smaller one.

    Raises:
        NotFoundError: the first tree is the larger, or has no leaves.
        NotSealedYetError: the second is larger than what was sealed.
        NotProvenError: what is stored does not lead to what was sealed.
    """
    size = await _sealed(connection, log, second)
    if not 1 <= first <= size:
        raise NotFoundError
    ranges = consistency_ranges(first, size)
    hashes = await _hashes(connection, log, [*needed_for(ranges), *subtrees((0, first)), *subtrees((0, size))])
    of_first, of_second, proof = root(first, hashes), root(size, hashes), _proof(ranges, hashes)
    if not is_consistent(first, of_first, size, of_second, proof):
        raise NotProvenError
    await _as_sealed(connection, log, first, of_first)
    await _as_sealed(connection, log, size, of_second)
    return Consistency(first, of_first, size, of_second, proof)


async def root_of(connection: asyncpg.Connection, log: str, size: int) -> bytes:
    """The root of the tree of a size, from what is stored.

    Raises:
        NotSealedYetError: the size is larger than what was sealed.
        NotProvenError: what is stored does not lead to what was sealed.
    """
    await _sealed(connection, log, size)
    found = root(size, await _hashes(connection, log, subtrees((0, size))))
    await _as_sealed(connection, log, size, found)
    return found


async def proof_of_event(connection: asyncpg.Connection, log: str, position: int) -> LogProof:
    """The proof of one event, with the event as it is stored, for a file of its own.

    Raises:
        NotFoundError: the log has no such position.
        NotSealedYetError: it is not sealed yet.
        NotProvenError: the event is not the one that was sealed.
    """
    entry = await entry_bytes(connection, log, position)
    if entry is None:
        raise NotFoundError
    checkpoint = await last_checkpoint(connection, log)
    if checkpoint is None or checkpoint.size < position:
        raise NotSealedYetError
    proven = await inclusion(connection, log, position, checkpoint.size)
    proof = LogProof(entry, proven.index, tuple(proven.hashes), Note.parse(checkpoint.note.encode()))
    if not proof.leads_to(checkpoint.root, checkpoint.size):
        raise NotProvenError
    return proof


async def _sealed(connection: asyncpg.Connection, log: str, size: int | None) -> int:
    last = await last_checkpoint(connection, log)
    if last is None or (size is not None and size > last.size):
        raise NotSealedYetError
    return last.size if size is None else size


async def _as_sealed(connection: asyncpg.Connection, log: str, size: int, found: bytes) -> None:
    """Compares a root with the checkpoint of that size, if there is one."""
    known = await checkpoint_over(connection, log, size)
    if known is not None and known.size == size and known.root != found:
        raise NotProvenError


async def _hashes(connection: asyncpg.Connection, log: str, needed: Sequence[Subtree]) -> Any:
    found = TileHashes(await tiles(connection, log, tiles_of(needed)))

    def of(subtree: Subtree) -> bytes:
        try:
            return found(subtree)
        except KeyError:
            raise NotProvenError from None

    return of


def _proof(ranges: Sequence[Range], hashes: Any) -> list[bytes]:
    return [range_hash(one, hashes) for one in ranges]
