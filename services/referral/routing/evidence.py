"""Evidence: the answers that decided a condition. Referrals are proposed, sealed and disclosed on it."""

from collections.abc import Iterable
from typing import Any

Evidence = dict[str, Any]
"""The deciding answers by name. Never mutated, so that several may share parts."""

EMPTY: Evidence = {}


def evidence_of(name: str, value: Any) -> Evidence:
    """The evidence of one answer; empty if the answer is missing or an empty list."""
    if isinstance(value, list):
        value = without_duplicates(value)
    return EMPTY if value is None or value == [] else {name: value}


def merge(parts: Iterable[Evidence]) -> Evidence:
    """Merges evidence; lists are joined without duplicates."""
    whole = EMPTY
    for part in parts:
        if not whole:
            whole = part
        elif part and part is not whole:
            whole = whole | {name: _joined(whole.get(name), value) for name, value in part.items()}
    return whole


def without_duplicates(values: list[Any]) -> list[Any]:
    """The list without repeated elements, in order."""
    return [one for at, one in enumerate(values) if one not in values[:at]] if len(values) > 1 else values


def _joined(earlier: Any, value: Any) -> Any:
    if earlier is None or not isinstance(value, list):
        return value
    return [*earlier, *(one for one in value if one not in earlier)]
