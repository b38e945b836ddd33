"""Whether an agency may answer what it was asked in another's stead, and what its answer records. Pure."""

from events.referral import HelpOffered, HelpUnavailable
from events.referral_states import UNDECIDED
from events.vocabulary import Agency, ReferralState
from services.chassis.errors import NotFoundError, ServiceError
from services.referral.lifecycle.domain import Referral

ANSWERABLE = UNDECIDED | {ReferralState.DECLINED, ReferralState.EXPIRED}


class NoLongerAskedError(ServiceError):
    """Somebody else answers for the person by now; nothing more is said of the referral."""

    code = "no_longer_asked"
    status = 409


def check(referral: Referral | None, agency: str) -> Referral:
    """Checks that this agency was asked and is still.

    Raises:
        NotFoundError: it was not asked, so the referral does not exist for it.
        NoLongerAskedError: the referral needs nobody else any more.
    """
    if referral is None or agency not in referral.after.asked:
        raise NotFoundError
    if referral.state not in ANSWERABLE:
        raise NoLongerAskedError
    return referral


def answer(referral: Referral, agency: Agency, *, can: bool) -> HelpOffered | HelpUnavailable:
    """The event that an agency's answer records."""
    whose = {"agency": referral.agency, "shelter": referral.shelter, "by": agency}
    if can:
        return HelpOffered.model_validate(whose)
    unavailable = {*referral.after.unavailable, agency}
    return HelpUnavailable.model_validate({**whose, "all_asked": unavailable >= {*referral.after.asked}})
