"""Finds the recipient of a consent receipt, and checks its times. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events.consent import ConsentReceipt
from events.contract import Event, Recorded
from events.intake import CaseOpened, ConsentRecorded
from events.vocabulary import Agency
from services.chassis.errors import MalformedRequestError
from services.intake.submissions.document.consent import LONGEST_WISH_FOR_TIME


def recipient_of(receipt: UUID, history: Sequence[Recorded[Event]]) -> Agency | None:
    """The recipient of a receipt, withdrawn or not; ``None``: the case has no such receipt."""
    for fact in history:
        if isinstance(fact.event, CaseOpened):
            found = [one for one in fact.event.consents if one.receipt == receipt]
        elif isinstance(fact.event, ConsentRecorded):
            found = [fact.event.consent] if fact.event.consent.receipt == receipt else []
        else:
            continue
        if found:
            return found[0].recipient
    return None


def check_times(consent: ConsentReceipt, at: datetime) -> None:
    """Checks a decision that is recorded ``at`` a time.

    Raises:
        MalformedRequestError: the consent had expired already, or ``until`` is not within the next 30 days.
    """
    faults = []
    if consent.expires_at is not None and consent.expires_at <= at:
        faults.append({"field": "body.expires_at", "code": "expired_when_given"})
    if consent.until is not None and not at < consent.until <= at + LONGEST_WISH_FOR_TIME:
        faults.append({"field": "body.until", "code": "not_within_thirty_days"})
    if faults:
        raise MalformedRequestError(faults=faults)
