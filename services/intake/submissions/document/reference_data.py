"""Checks codes against the programme's reference data: its shelters and consent texts."""

from collections.abc import Collection, Iterator
from typing import Any

from services.intake.submissions.document.faults import Fault


def unlisted_faults(
    document: dict[str, Any], shelters: Collection[str], wordings: Collection[str] | None
) -> Iterator[Fault]:
    """Faults of unknown shelters and text versions. Without ``wordings`` the texts are not checked."""
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
