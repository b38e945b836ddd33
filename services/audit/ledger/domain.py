"""The Merkle tree of RFC 6962 §2.1: roots, inclusion proofs and consistency proofs. Pure.

Every hash of a proof covers a range of leaves that falls into complete subtrees, so whoever stores the hashes of
complete subtrees can make any proof from a logarithmic number of them. A subtree is named by its level (0: a leaf) and
its number among those of its level. Leaves are counted from 0; the leaf of a log's position *p* is number *p* - 1.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""
HASH_SIZE = 32


class Subtree(NamedTuple):
    """A complete subtree: ``2 ** level`` leaves, the first of them number ``number * 2 ** level``."""

    level: int
    number: int


Hashes = Callable[[Subtree], bytes]
"""The hash (32 bytes) of a complete subtree."""
Range = tuple[int, int]
"""Leaves from a number (inclusive) to a number (exclusive)."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: 0x00 before the entry, so that no leaf can be read as a node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def subtrees(leaves: Range) -> list[Subtree]:
    """The complete subtrees that cover a range, from left to right; the range begins where the largest may begin."""
    begin, end = leaves
    covering: list[Subtree] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        covering.append(Subtree(level, begin >> level))
        begin += 1 << level
    return covering


def range_hash(leaves: Range, hashes: Hashes) -> bytes:
    """The hash over a range of leaves."""
    last, *others = reversed(subtrees(leaves))
    found = hashes(last)
    for subtree in others:
        found = node_hash(hashes(subtree), found)
    return found


def root(size: int, hashes: Hashes) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return range_hash((0, size), hashes) if size else EMPTY_ROOT


def inclusion_ranges(leaf: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that a leaf is in the tree of ``size`` leaves, from the leaf upwards.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= leaf < size:
        raise ValueError("no such leaf")
    ranges: list[Range] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _left_size(end - begin)
        if leaf < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin = middle
    return ranges[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The ranges whose hashes prove that the tree of ``second`` leaves begins with that of ``first`` leaves.

    Empty where nothing is to be proven: the sizes are equal, or the first is 0.

    Raises:
        ValueError: the first size is the larger.
    """
    if not 0 <= first <= second:
        raise ValueError("the first tree is the larger")
    if first in {0, second}:
        return []
    ranges: list[Range] = []
    begin, end, whole = 0, second, True
    while first != end:
        middle = begin + _left_size(end - begin)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin, whole = middle, False
    return ([] if whole else [(begin, end)]) + ranges[::-1]


def needed_for(ranges: Sequence[Range]) -> list[Subtree]:
    """The complete subtrees whose hashes these ranges are computed from."""
    return [subtree for one in ranges for subtree in subtrees(one)]


def root_from_inclusion(leaf: int, size: int, hash_of_leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162 §2.1.3.2); ``None``: it is not of the right length."""
    if not 0 <= leaf < size:
        return None
    number, last, found = leaf, size - 1, hash_of_leaf
    for sibling in proof:
        if last == 0:
            return None
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the second tree begins with the first (RFC 9162 §2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    of_first = of_second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            of_first, of_second = node_hash(sibling, of_first), node_hash(sibling, of_second)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            of_second = node_hash(of_second, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and of_first == first_root and of_second == second_root


def _left_size(size: int) -> int:
    """The largest power of two smaller than ``size``: the leaves of the left child."""
    return 1 << (size - 1).bit_length() - 1


class Inconsistency(StrEnum):
    """Why a log is not sealed any further: somebody must look at it. Each has its words in the catalogue."""

    OTHER_ROOT = "other_root"
    """The tree of a size that was signed has another root now: what was sealed was changed."""
    NOT_CONTINUED = "not_continued"
    """The tree does not begin with the one that was signed last: what was sealed was changed."""
    TILES_CHANGED = "tiles_changed"
    """The stored tiles are not those that were written."""
    HOLE = "hole"
    """The log lacks an event that was there when it was followed."""
    UNREADABLE = "unreadable"
    """The copy beside the key cannot be read, or the log's key did not sign it."""
    ANOTHER_KEY = "another_key"
    """The stored ledger was signed with another key than the one that is here."""
    CANNOT_KEEP = "cannot_keep"
    """The copy beside the key cannot be written: nothing is signed that is not kept there first."""


class InconsistentLedgerError(Exception):
    """Nothing more may be signed of a log as it is."""

    def __init__(self, found: Inconsistency) -> None:
        """``found``: what is wrong."""
        super().__init__(found.value)
        self.found = found
