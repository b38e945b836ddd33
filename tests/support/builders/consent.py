"""People's consent as a test says it: receipts, verdicts, and who the person is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from events.vocabulary import Agency, ConsentDecision, ConsentGiver, RiskCategory, SendingBasis
from services.referral.consent.domain import Allowed, Blocked, Grant
from services.referral.consent.receipts import Receipt

NOON = datetime(2013, 6, 12, 17, tzinfo=UTC)
ASSENT = {"assent": "yes", "basis": "assessment_started"}
CHILD_ALONE = {"age_band": "12-14", "accompaniment": "alone"}
CHILD_IN_FAMILY = {"age_band": "12-14", "accompaniment": "parent_or_guardian"}
ADOLESCENT = {"age_band": "15-17", "accompaniment": "alone"}

IN_BEST_INTERESTS = Allowed(SendingBasis.BEST_INTERESTS)
VITAL = Allowed(SendingBasis.VITAL_INTEREST)

Verdict = Allowed | Blocked
Ask = Callable[..., Verdict]
"""May a case be sent to a recipient, given receipts and what is true of the person?"""


def receipt(recipient: str, decision: str = "granted", by: str = "self", **more: Any) -> Receipt:
    return Receipt(recipient=Agency(recipient), decision=ConsentDecision(decision), given_by=ConsentGiver(by), **more)


def consent(index: int = 0, covers: str = "DESAP", *, shown_refusal: bool = False) -> Allowed:
    """Sent on this receipt, which covers all of the proposal: these categories."""
    grant = Grant(index, tuple(RiskCategory(code) for code in covers.split()))
    return Allowed(SendingBasis.CONSENT, (grant,), shown_refusal=shown_refusal)
