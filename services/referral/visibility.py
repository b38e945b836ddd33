"""Whose business a referral is."""

from services.chassis.access import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.permitting import permit
from services.referral.domain import Referral


def admit(referral: Referral | None, principal: Principal, action: Action) -> Referral:
    """A shelter sees what it registered (never what is reported about its staff), an agency what was sent to it.

    It is looked at on the referral itself, whatever path led there.

    Raises:
        NotFoundError: there is none, or it is none of the principal's business.
    """
    if referral is None:
        raise NotFoundError
    permit(principal, action, shelter=referral.shelter, agency=referral.agency, sent=referral.sent)
    return referral
