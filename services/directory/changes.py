"""The differences between two directories, as sentences to read before one replaces the other."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.directory.model import Directory

PARTS = {
    "shelters": ("el albergue", "shelter"),
    "agencies": ("la agencia", "agency"),
    "duty_desks": ("la mesa", "desk"),
    "people": ("la persona", "person"),
    "counterparts": ("la contraparte", "counterpart"),
    "restricted": ("el destinatario restringido", "restricted recipient"),
}


def changes(before: Directory, after: Directory) -> list[str]:
    """One sentence (Spanish · English) for each difference, by part and code; empty for equal directories."""
    return [
        sentence
        for part, names in PARTS.items()
        for sentence in _of_part(getattr(before, part), getattr(after, part), *names)
    ]


def _of_part(before: Mapping[Any, Any], after: Mapping[Any, Any], es: str, en: str) -> Iterator[str]:
    for code in sorted({*before, *after}):
        if code not in after:
            yield f"sale {es} {code} · {en} {code} leaves"
        elif code not in before:
            yield f"entra {es} {code} · {en} {code} joins"
        elif before[code] != after[code]:
            old, new = before[code].model_dump(mode="json"), after[code].model_dump(mode="json")
            fields = ", ".join(name for name in new if old[name] != new[name])
            yield f"cambia {es} {code} ({fields}) · {en} {code} changes ({fields})"
