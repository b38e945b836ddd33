"""Consent receipts (*constancias de consentimiento*): what the person decided about each recipient."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from events.vocabulary import Agency, ConsentDecision, ConsentForm, ConsentGiver, ConsentPurpose

from .codes import Several
from .faults import Fault
from .screening import Screening
from .values import Instant, OpaqueCode, Sealed, refusal

ALL_FIELDS = "all"
DISCLOSABLE = frozenset(Screening.model_fields) | {"shelter"}
"""What a referral may ever disclose; a receipt can only narrow it. Nothing of the box ``identity``."""

OF_A_GRANT = ("fields", "how", "wording_version")


def _disclosable(field: str) -> str:
    if field != ALL_FIELDS and field not in DISCLOSABLE:
        raise refusal("not_listed")
    return field


class Receipt(Sealed):
    """One decision about one recipient. A restricted one cannot be named: that wish takes another way."""

    recipient: Agency
    decision: ConsentDecision
    purpose: ConsentPurpose
    given_by: ConsentGiver
    fields: Several[Annotated[str, AfterValidator(_disclosable)]] | None = None
    how: ConsentForm | None = None
    wording_version: OpaqueCode | None = None
    expires_at: Instant | None = None


def receipt_faults(path: str, receipt: dict[str, Any]) -> Iterator[Fault]:
    """A grant says what, how and under which wording; no other decision does."""
    decision = receipt.get("decision")
    if decision == ConsentDecision.GRANTED:
        for name in OF_A_GRANT:
            if name not in receipt:
                yield Fault.of(f"{path}.{name}", "required")
        fields = receipt.get("fields")
        if fields == []:
            yield Fault.of(f"{path}.fields", "required")
        elif isinstance(fields, list) and ALL_FIELDS in fields and len(fields) > 1:
            yield Fault.of(f"{path}.fields", "all_stands_alone")
    elif decision in tuple(ConsentDecision):
        for name in (*OF_A_GRANT, "expires_at"):
            if name in receipt:
                yield Fault.of(f"{path}.{name}", "only_when_granted")
