"""What the programme lists, beside the form's own codes: its shelters, and the texts that people consent on."""

from collections.abc import Collection, Iterator
from typing import Any

from .faults import Fault


def unlisted(document: dict[str, Any], shelters: Collection[str], wordings: Collection[str] | None) -> Iterator[Fault]:
    """What names none of them. Without ``wordings`` nobody can tell, and the texts are not looked at."""
    shelter = document.get("shelter")
    if isinstance(shelter, str) and shelter not in shelters:
        yield Fault.of("shelter", "not_listed")
    receipts = document.get("consent")
    if wordings is None or not isinstance(receipts, list):
        return
    for position, receipt in enumerate(receipts):
        version = receipt.get("wording_version") if isinstance(receipt, dict) else None
        if isinstance(version, str) and version not in wordings:
            yield Fault.of(f"consent.{position}.wording_version", "not_listed")
