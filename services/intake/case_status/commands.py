"""Records that a case of a restricted category is shown, before it is shown."""

from events.vocabulary import ShownView
from services.chassis.authorization.policy import Principal
from services.chassis.showings.domain import without_restricted
from services.intake.case_status.schemas import CaseStatus
from services.intake.showings.commands import CaseShowings


async def recorded(showings: CaseShowings, status: CaseStatus, by: Principal) -> CaseStatus:
    """The case as it may be shown now: without restricted categories where that cannot be recorded."""
    if await showings.may_show(ShownView.CASE, {status.case_id: status.referrals}, by):
        return status
    return status.model_copy(update={"referrals": without_restricted(status.referrals, by)})
