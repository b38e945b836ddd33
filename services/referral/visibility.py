"""Whose business a referral is."""

from services.chassis.access import Action, Principal, allowed
from services.referral.domain import Referral


def visible(referral: Referral, principal: Principal, action: Action) -> bool:
    """A shelter sees what it registered (never what is reported about its staff), an agency what was sent to it."""
    shelter, agency = referral.shelter, referral.agency
    if not allowed(principal, action, shelter=shelter, agency=agency):
        return False
    # Whoever may do it for any agency need not wait until this one was told.
    return referral.sent or allowed(principal, action, shelter=shelter)
