"""Consent receipts (*constancias de consentimiento*): the person's decision about each recipient."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator

from events.consent_rules import ALL_FIELDS
from events.vocabulary import Agency, ConsentDecision, ConsentForm, ConsentGiver, ConsentPurpose
from services.chassis.moments import Instant, moment_or_none
from services.intake.submissions.document.code_lists import Several
from services.intake.submissions.document.faults import Fault
from services.intake.submissions.document.field_types import OpaqueCode, SubmissionPart, refusal
from services.intake.submissions.document.screening import Screening

DISCLOSABLE = frozenset(Screening.model_fields) | {"shelter"}
"""The fields that a consent may allow to be disclosed. None is of the box ``identity``."""


def are_disclosable(fields: Collection[str]) -> bool:
    """Whether a consent may name these fields: known ones, none twice, or ``all`` alone."""
    return len(set(fields)) == len(fields) and (set(fields) <= DISCLOSABLE or set(fields) == {ALL_FIELDS})


LONGEST_WISH_FOR_TIME = timedelta(days=30)
"""Whoever wants to decide later than that is asked again."""

OF_A_GRANT = ("fields", "how", "wording_version")


def _disclosable(field: str) -> str:
    if field != ALL_FIELDS and field not in DISCLOSABLE:
        raise refusal("not_listed")
    return field


class Receipt(SubmissionPart):
    """One decision about one recipient. Authorities are no recipients; see ``restricted_contacts``."""

    recipient: Agency
    decision: ConsentDecision
    purpose: ConsentPurpose
    given_by: ConsentGiver
    fields: Several[Annotated[str, AfterValidator(_disclosable)]] | None = None
    how: ConsentForm | None = None
    wording_version: OpaqueCode | None = None
    expires_at: Instant | None = None
    until: Instant | None = None
    """Of ``wants_time``: when the person said that they would decide."""


def receipt_faults(path: str, receipt: dict[str, Any], asked_at: datetime | None) -> Iterator[Fault]:
    """Faults of one receipt: what only a grant has, and what only somebody who wants time says.

    ``asked_at``: when the person was asked; ``None`` if that is no moment. Nothing is compared with the server's clock:
    a record made offline is valid however late it comes.
    """
    decision = receipt.get("decision")
    yield from _time_faults(path, receipt, asked_at)
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


def _time_faults(path: str, receipt: dict[str, Any], asked_at: datetime | None) -> Iterator[Fault]:
    wants_time = receipt.get("decision") == ConsentDecision.WANTS_TIME
    if wants_time and "until" not in receipt:
        yield Fault.of(f"{path}.until", "required")
    if not wants_time and "until" in receipt and receipt.get("decision") in tuple(ConsentDecision):
        yield Fault.of(f"{path}.until", "only_when_wants_time")
    until, expires_at = moment_or_none(receipt.get("until")), moment_or_none(receipt.get("expires_at"))
    if asked_at is None:
        return
    if wants_time and until is not None and not asked_at < until <= asked_at + LONGEST_WISH_FOR_TIME:
        yield Fault.of(f"{path}.until", "not_within_thirty_days")
    if expires_at is not None and expires_at <= asked_at:
        yield Fault.of(f"{path}.expires_at", "expired_when_given")
