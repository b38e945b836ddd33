"""Consent taken back: with its receipt, or by a later refusal of the person who granted it."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import ConsentRecorded, ConsentWithdrawn
from events.referral_states import OPEN
from events.vocabulary import Agency, ConsentDecision, ReferralState
from services.referral.case_file.domain import CaseFile, receipts_of
from services.referral.consent.receipts import Receipt, decisions_in_force, may_decide
from services.referral.lifecycle.domain import Referral
from services.referral.routing.domain import Assessment


def recipient_of(event: ConsentRecorded | ConsentWithdrawn) -> Agency:
    """The recipient of a decision or of its withdrawal."""
    return event.consent.recipient if isinstance(event, ConsentRecorded) else event.recipient


def withdrawn_grants(fact: Recorded[Any], earlier: Sequence[Recorded[Event]]) -> dict[UUID, Receipt]:
    """The grants that this fact takes back, by receipt; taking back a refusal takes back none."""
    before = receipts_of(earlier)
    event = fact.event
    if isinstance(event, ConsentWithdrawn):
        named = before.get(event.receipt)
        return {event.receipt: named} if named and named.decision is ConsentDecision.GRANTED else {}
    recipient = recipient_of(event)
    in_force = _grants(recipient, before, fact)
    still = _grants(recipient, receipts_of([*earlier, fact]), fact)
    return {receipt: one for receipt, one in in_force.items() if receipt not in still}


def must_withdraw(referral: Referral, taken_back: Collection[UUID], *, waits_for_them: bool) -> bool:
    """Whether the referral ends with these grants: it was sent on one, or waits for the persons who gave them."""
    if referral.state not in OPEN:
        return False
    waits = referral.state is ReferralState.BLOCKED_CONSENT and waits_for_them
    return waits or referral.receipt in taken_back


def must_be_deleted(referral: Referral, taken_back: Collection[UUID]) -> bool:
    """Whether a referral has ended while its agency still has what was disclosed on one of these grants."""
    ended = referral.state not in OPEN and referral.sent and referral.deletion_due is None
    return ended and referral.receipt in taken_back


def given_by_entitled(taken_back: Collection[Receipt], file: CaseFile | None, assessment: Assessment | None) -> bool:
    """Whether somebody who may decide for this person gave one of these grants.

    Otherwise, say a relative who harmed a child could end what waits for another person's consent. Of an erased case it
    cannot be known, and nothing can be sent any more.
    """
    if file is None or assessment is None:
        return bool(taken_back)
    return any(may_decide(one.given_by, assessment, file.answers) for one in taken_back)


def _grants(recipient: Agency, receipts: dict[UUID, Receipt], fact: Recorded[Any]) -> dict[UUID, Receipt]:
    """The grants to this recipient that are in force at this fact."""
    ids = list(receipts)
    in_force = decisions_in_force(recipient, list(receipts.values()), fact.recorded_at)
    return {
        ids[index]: one
        for index, one in in_force.items()
        if one.decision is ConsentDecision.GRANTED and not one.withdrawn(fact.recorded_at)
    }
