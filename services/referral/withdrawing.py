"""Consent that is taken back: by giving its receipt back, or by a later refusal of whoever granted it."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import ConsentRecorded, ConsentWithdrawn
from events.vocabulary import Agency, ConsentDecision, ReferralState
from services.referral.casefile import CaseFile, receipts_of
from services.referral.domain import OPEN, Referral
from services.referral.receipts import Receipt, may_decide, standing_decisions
from services.referral.routing import Assessment


def recipient_of(event: ConsentRecorded | ConsentWithdrawn) -> Agency:
    """Whom a decision, or taking one back, is about."""
    return event.consent.recipient if isinstance(event, ConsentRecorded) else event.recipient


def grants_taken_back(fact: Recorded[Any], earlier: Sequence[Recorded[Event]]) -> dict[UUID, Receipt]:
    """The grants that this fact of a case takes back, by their receipts; to take a refusal back takes back none."""
    before = receipts_of(earlier)
    event = fact.event
    if isinstance(event, ConsentWithdrawn):
        named = before.get(event.receipt)
        return {event.receipt: named} if named and named.decision is ConsentDecision.GRANTED else {}
    recipient = recipient_of(event)
    standing = _grants(recipient, before, fact)
    still = _grants(recipient, receipts_of([*earlier, fact]), fact)
    return {receipt: one for receipt, one in standing.items() if receipt not in still}


def ends(referral: Referral, taken_back: Collection[UUID], *, waits_for_them: bool) -> bool:
    """Whether a referral ends with these grants: it was sent on one of them, or waits for who gave them."""
    if referral.state not in OPEN:
        return False
    waits = referral.state is ReferralState.BLOCKED_CONSENT and waits_for_them
    return waits or referral.receipt in taken_back


def must_be_deleted(referral: Referral, taken_back: Collection[UUID]) -> bool:
    """Whether a referral has ended, and its agency still holds what it was told on one of these grants."""
    ended = referral.state not in OPEN and referral.sent and referral.deletion_due is None
    return ended and referral.receipt in taken_back


def somebody_who_may(taken_back: Collection[Receipt], file: CaseFile | None, assessment: Assessment | None) -> bool:
    """Whether one of them was given by somebody who may decide for this person.

    Whoever may not, such as the relative who harmed a child, cannot end by it what waits for another's word. Of a
    case that was erased nobody can tell, and nothing can be sent any more.
    """
    if file is None or assessment is None:
        return bool(taken_back)
    return any(may_decide(one.given_by, assessment, file.answers) for one in taken_back)


def _grants(recipient: Agency, receipts: dict[UUID, Receipt], fact: Recorded[Any]) -> dict[UUID, Receipt]:
    """The grants that stand for this recipient and were not given back."""
    ids = list(receipts)
    standing = standing_decisions(recipient, list(receipts.values()), fact.recorded_at)
    return {
        ids[index]: one
        for index, one in standing.items()
        if one.decision is ConsentDecision.GRANTED and not one.withdrawn(fact.recorded_at)
    }
