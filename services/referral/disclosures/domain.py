"""Where the readings of a referral's sealed content are recorded, and what for. Pure."""

from uuid import UUID

from events.referral_states import OPEN, UNDECIDED
from events.vocabulary import ReadPurpose, ReferralState
from services.chassis.authorization.policy import Principal
from services.chassis.ids import uuid5
from services.referral.lifecycle.domain import Referral

DISCLOSURE = "disclosure"
"""The box of what an agency was told, as a reading names it."""
TO_DECIDE = UNDECIDED | {ReferralState.EXPIRED}
"""States in which a disclosure is read to decide; a desk may still accept an expired referral."""


def readings_stream(referral: UUID) -> UUID:
    """The stream of the readings of a referral's sealed content; apart from its own, since reading is no step."""
    return uuid5(referral, "readings")


def purpose_of(referral: Referral, principal: Principal) -> ReadPurpose:
    """The purpose of a reading, as the referral's state tells."""
    if principal.org == referral.shelter:
        return ReadPurpose.ANSWER
    if principal.org != referral.agency or referral.state not in OPEN:
        return ReadPurpose.REVIEW
    return ReadPurpose.DECIDE if referral.state in TO_DECIDE else ReadPurpose.SERVE
