"""Consent receipts: which of a person's decisions are in force, and which of those are valid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.consent_rules import may_consent
from events.vocabulary import (
    Agency,
    BlockReason,
    ConsentDecision,
    ConsentGiver,
    ConsentPurpose,
    RestrictedRecipient,
)
from services.referral.routing.domain import Assessment

_REPLACES = {
    ConsentDecision.GRANTED: frozenset(
        {ConsentDecision.REFUSED, ConsentDecision.CANNOT_DECIDE, ConsentDecision.WANTS_TIME}
    ),
    ConsentDecision.REFUSED: frozenset(
        {ConsentDecision.GRANTED, ConsentDecision.CANNOT_DECIDE, ConsentDecision.WANTS_TIME}
    ),
    ConsentDecision.CANNOT_DECIDE: frozenset[ConsentDecision](),
    ConsentDecision.WANTS_TIME: frozenset({ConsentDecision.CANNOT_DECIDE, ConsentDecision.WANTS_TIME}),
}
"""Earlier decisions of the same person that a new one replaces. Being unable to decide replaces none.

Who wants time takes back neither a grant nor a refusal: both stay in force until they decide.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A decision about one recipient: who made it, for what, and until when it is valid."""

    recipient: Agency | RestrictedRecipient
    decision: ConsentDecision
    given_by: ConsentGiver
    purpose: ConsentPurpose = ConsentPurpose.PROTECTION
    fields: tuple[str, ...] = ()
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None
    until: datetime | None = None
    """Of ``wants_time``: when the person said that they would decide."""

    def expired(self, at: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= at

    def withdrawn(self, at: datetime) -> bool:
        """Whether it was taken back by then."""
        return self.withdrawn_at is not None and self.withdrawn_at <= at


def decisions_in_force(agency: Agency, receipts: Sequence[Receipt], at: datetime) -> dict[int, Receipt]:
    """The decisions about this recipient that the same person has not replaced, by index.

    A withdrawn grant stays in, so that the shelter can be shown why it does not count.
    """
    in_force: dict[int, Receipt] = {}
    for index, one in enumerate(receipts):
        if one.recipient != agency or one.decision is ConsentDecision.NOT_ASKED:
            continue
        taken_back = _REPLACES[one.decision]
        for earlier, older in tuple(in_force.items()):
            if older.given_by is one.given_by and older.decision in taken_back:
                del in_force[earlier]
        if one.decision is ConsentDecision.GRANTED or not one.withdrawn(at):
            in_force[index] = one
    return in_force


def latest_grants(in_force: Mapping[int, Receipt]) -> dict[int, Receipt]:
    """The grants among these decisions, for each giver and purpose the last: wider or narrower, the later word counts.

    One that was taken back or has expired does not revive the one before.
    """
    latest: dict[tuple[ConsentGiver, ConsentPurpose], int] = {}
    for index, one in in_force.items():
        if one.decision is ConsentDecision.GRANTED:
            latest[one.given_by, one.purpose] = index
    return {index: in_force[index] for index in sorted(latest.values())}


def fault_of(
    receipt: Receipt, assessment: Assessment, submission: Mapping[str, Any], at: datetime
) -> BlockReason | None:
    """Why a decision is not valid; ``None`` if it is. A child's own refusal is valid at any age."""
    own_refusal = receipt.decision is ConsentDecision.REFUSED and receipt.given_by is ConsentGiver.SELF
    if not own_refusal and not may_decide(receipt.given_by, assessment, submission):
        return BlockReason.CONSENT_NOT_VALID
    if receipt.withdrawn(at):
        return BlockReason.CONSENT_REFUSED
    return BlockReason.CONSENT_EXPIRED if receipt.expired(at) else None


def may_decide(giver: ConsentGiver, assessment: Assessment, submission: Mapping[str, Any]) -> bool:
    """Adults decide for themselves; for a child decide the guardian present who harms nobody, or the child from 15."""
    return may_consent(giver, submission["screening"], child=assessment.child)


def nobody_may_decide(assessment: Assessment, submission: Mapping[str, Any]) -> bool:
    """Whether this is a child for whom nobody present may decide: under 15, and without a guardian who harms nobody."""
    return assessment.child and not any(may_decide(giver, assessment, submission) for giver in ConsentGiver)
