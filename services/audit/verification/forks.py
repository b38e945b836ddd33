"""Compares two bundles of one installation: the shorter history must be the beginning of the longer."""

from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import LogPart, level_of_entries
from services.audit.ledger.tiles import WIDTH, entries_path
from services.audit.verification.domain import Check
from services.audit.verification.entries import parse_entry
from services.audit.verification.trees import Tree, located


def check_other(check: Check, bundle: Bundle, other: Bundle) -> None:
    """Compares every log of both."""
    if bundle.head.installation != other.head.installation:
        check.fault("another_installation", name=other.head.installation)
        return
    for log in bundle.head.logs:
        of_other = other.head.log(log.name)
        if of_other is None:
            check.fault("log_missing", log=log.name)
            continue
        common = min(log.size, of_other.size)
        trees = Tree(bundle, log), Tree(other, of_other)
        check.count("logs")
        check.count("entries", common)
        if _same(trees, common):
            check.note("begins_alike", log=log.name, position=common)
        else:
            position = first_difference(trees, common)
            for name, where in (("this", _event(bundle, log, position)), ("other", _event(other, of_other, position))):
                check.fault("fork", log=log.name, position=position, name=name, **where)
    for log in other.head.logs:
        if bundle.head.log(log.name) is None:
            check.fault("log_missing", log=log.name)


def first_difference(trees: tuple[Tree, Tree], common: int) -> int:
    """The first position at which two histories differ: by halves, over the roots of their beginnings."""
    alike, differs = 0, common
    while differs - alike > 1:
        middle = (alike + differs) // 2
        if _same(trees, middle):
            alike = middle
        else:
            differs = middle
    return differs


def _same(trees: tuple[Tree, Tree], size: int) -> bool:
    first, second = trees
    return first.root(size) == second.root(size)


def _event(bundle: Bundle, log: LogPart, position: int) -> dict[str, object]:
    """What a bundle has at a position."""
    index, number = divmod(position - 1, WIDTH)
    width = dict(level_of_entries(log.size))[index]
    content, at = bundle.read(f"{log.folder}/{entries_path(index, width)}"), 0
    for _ in range(number):
        at += 2 + int.from_bytes(content[at : at + 2], "big")
    entry = parse_entry(content[at + 2 : at + 2 + int.from_bytes(content[at : at + 2], "big")])
    if entry is None:
        return {}
    return located(entry.stream, entry.version, entry.id, entry.topic)
