"""What a case waits for at its shelter, and which categories may be searched. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from events.vocabulary import RESTRICTED_CATEGORIES, BlockReason, ReferralState, RiskCategory
from services.intake.case_status.schemas import CaseReferral

Searchable = StrEnum(  # type: ignore[misc]  # its members follow from the vocabulary
    "Searchable", {category.name: category.value for category in RiskCategory if category not in RESTRICTED_CATEGORIES}
)
"""The categories that a list may be searched by (domain.md §7.3)."""

PERSONS_NO = frozenset({BlockReason.CONSENT_REFUSED, BlockReason.WITHHELD})
"""A person's own no is not asked about again (domain.md, "What changes after sending" 1)."""


class Waiting(StrEnum):
    """What a case waits for that the shelter can do."""

    CONSENT = "consent"
    """A decision of the person, or of the one who may decide for them."""
    QUESTION = "question"
    """An agency's question."""
    CONFIRMATION = "confirmation"
    """Whether the help came."""
    WITHDRAWAL_CHECK = "withdrawal_check"
    """Somebody asks the person about a withdrawal made with the slip."""


def waits_for(referrals: Sequence[CaseReferral], *, frozen: bool) -> list[Waiting]:
    """What the shelter can do for a case, in the order of ``Waiting``."""
    states = {each.state for each in referrals}
    blocked = {each.reason for each in referrals if each.state is ReferralState.BLOCKED_CONSENT}
    true = {
        Waiting.CONSENT: bool(blocked - PERSONS_NO - {BlockReason.FROZEN}),
        Waiting.QUESTION: ReferralState.INFO_REQUESTED in states,
        Waiting.CONFIRMATION: ReferralState.DELIVERED in states,
        Waiting.WITHDRAWAL_CHECK: frozen,
    }
    return [waiting for waiting in Waiting if true[waiting]]
