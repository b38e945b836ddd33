"""Groups of a referral's states that several services use (domain.md §6)."""

from events.vocabulary import BlockReason
from events.vocabulary import ReferralState as S

UNDECIDED = frozenset({S.REQUESTED, S.ACKNOWLEDGED, S.INFO_REQUESTED})
"""The desk has it and has not decided: the decide clock runs."""
TAKEN = frozenset({S.ACCEPTED, S.SCHEDULED, S.IN_SERVICE})
"""The desk has accepted it, and the service is not delivered yet."""
CHANGEABLE = frozenset({S.ACKNOWLEDGED, S.INFO_REQUESTED, S.DELIVERED}) | TAKEN
"""The desk has answered: what changes now is a change that it has not seen."""
CLOSED = frozenset({S.LOOP_CLOSED, S.REROUTED, S.CANCELLED, S.WITHDRAWN, S.NO_CONTACT, S.FAILED, S.ENTERED_IN_ERROR})
"""Nothing follows except the confirmation that data was deleted."""
OPEN = frozenset(S) - CLOSED

TO_BE_ASKED = frozenset(
    {
        BlockReason.CONSENT_NOT_ASKED,
        BlockReason.CONSENT_NOT_VALID,
        BlockReason.CONSENT_EXPIRED,
        BlockReason.PURPOSE_TOO_NARROW,
        BlockReason.CANNOT_DECIDE,
        BlockReason.NEEDS_REPRESENTATIVE,
    }
)
"""Why a referral waits for want of a decision: somebody is to ask for it, and a clock runs until they have."""
ASKED_LATER = BlockReason.WANTS_TIME
"""The person was asked and named a moment: nobody asks until then, and the clock runs from there."""
