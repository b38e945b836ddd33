"""Consent receipts: which of a person's decisions stand, and which of those count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.vocabulary import (
    Agency,
    BlockReason,
    ConsentDecision,
    ConsentGiver,
    ConsentPurpose,
    RestrictedRecipient,
)
from services.referral.routing import Assessment

_TAKES_BACK = {
    ConsentDecision.GRANTED: {ConsentDecision.REFUSED, ConsentDecision.CANNOT_DECIDE},
    ConsentDecision.REFUSED: {ConsentDecision.GRANTED, ConsentDecision.CANNOT_DECIDE},
    ConsentDecision.CANNOT_DECIDE: frozenset[ConsentDecision](),
}
"""What the same person decided before, and no longer does. Falling ill takes nothing back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was decided about one recipient, by whom, and until when it counts."""

    recipient: Agency | RestrictedRecipient
    decision: ConsentDecision
    given_by: ConsentGiver
    purpose: ConsentPurpose = ConsentPurpose.PROTECTION
    fields: tuple[str, ...] = ()
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def expired(self, at: datetime) -> bool:
        """It was given for a time, which is over."""
        return self.expires_at is not None and self.expires_at <= at

    def withdrawn(self, at: datetime) -> bool:
        """Whoever gave it has taken it back."""
        return self.withdrawn_at is not None and self.withdrawn_at <= at


def standing_decisions(agency: Agency, receipts: Sequence[Receipt], at: datetime) -> dict[int, Receipt]:
    """What was decided about this recipient and has not been taken back by whoever decided it.

    A withdrawn grant stays in, so that the shelter hears why it does not count.
    """
    standing: dict[int, Receipt] = {}
    for index, one in enumerate(receipts):
        if one.recipient != agency or one.decision is ConsentDecision.NOT_ASKED:
            continue
        taken_back = _TAKES_BACK[one.decision]
        for earlier, known in tuple(standing.items()):
            if known.given_by is one.given_by and known.decision in taken_back:
                del standing[earlier]
        if one.decision is ConsentDecision.GRANTED or not one.withdrawn(at):
            standing[index] = one
    return standing


def fault_of(
    receipt: Receipt, assessment: Assessment, submission: Mapping[str, Any], at: datetime
) -> BlockReason | None:
    """Why a decision does not count, if it does not. A child's own refusal counts at any age."""
    own_refusal = receipt.decision is ConsentDecision.REFUSED and receipt.given_by is ConsentGiver.SELF
    if not own_refusal and not may_decide(receipt.given_by, assessment, submission):
        return BlockReason.CONSENT_NOT_VALID
    if receipt.withdrawn(at):
        return BlockReason.CONSENT_REFUSED
    return BlockReason.CONSENT_EXPIRED if receipt.expired(at) else None


def may_decide(giver: ConsentGiver, assessment: Assessment, submission: Mapping[str, Any]) -> bool:
    """An adult for themselves; for a child the guardian who is there and harms nobody, or they from 15."""
    answers = submission["screening"]
    if not assessment.child:
        return giver is ConsentGiver.SELF
    if giver is ConsentGiver.SELF:
        return bool(answers.get("age_band") == "15-17")
    harmed_by_family = any(one.get("perpetrator") == "family" for one in answers.get("harm_events") or ())
    return answers.get("accompaniment") == "parent_or_guardian" and not harmed_by_family
