"""Records that a list shows cases of a restricted category, before it is shown."""

from events.vocabulary import ShownView
from services.chassis.authorization.policy import Principal
from services.chassis.showings.domain import without_restricted
from services.intake.case_list.schemas import CasePage
from services.intake.showings.commands import CaseShowings


async def recorded(showings: CaseShowings, found: CasePage, by: Principal, *, categories: bool = True) -> CasePage:
    """The page as it may be shown now: without restricted categories where that cannot be recorded.

    ``categories``: whether they are shown; otherwise only the agencies are.
    """
    cases = {case.case_id: case.referrals for case in found.items}
    if await showings.may_show(ShownView.LIST, cases, by, categories=categories):
        return found
    items = [case.model_copy(update={"referrals": without_restricted(case.referrals, by)}) for case in found.items]
    return found.model_copy(update={"items": items})
