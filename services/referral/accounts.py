"""Accounts: which answers decided something. A referral is proposed, sealed and disclosed on their strength."""

from collections.abc import Iterable
from typing import Any

Inputs = dict[str, Any]
"""An account, by the names of the answers. It is never altered, so that several may share what they have in common."""

NOTHING: Inputs = {}


def told(name: str, value: Any) -> Inputs:
    """What was answered, once; what was not asked, or holds nothing, made nothing true."""
    if isinstance(value, list):
        value = each_once(value)
    return NOTHING if value is None or value == [] else {name: value}


def merged(parts: Iterable[Inputs]) -> Inputs:
    """One account out of several; lists are joined, and nothing is said twice."""
    whole = NOTHING
    for part in parts:
        if not whole:
            whole = part
        elif part and part is not whole:
            whole = whole | {name: _joined(whole.get(name), value) for name, value in part.items()}
    return whole


def each_once(values: list[Any]) -> list[Any]:
    """The list without what stands in it before."""
    return [one for at, one in enumerate(values) if one not in values[:at]] if len(values) > 1 else values


def _joined(known: Any, value: Any) -> Any:
    if known is None or not isinstance(value, list):
        return value
    return [*known, *(one for one in value if one not in known)]
