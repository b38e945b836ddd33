"""Whether a submission may take the place of a case's lost content. Pure."""

from services.intake.cases.domain import CaseState
from services.intake.submissions.document import Submission


def may_restore(case: CaseState, submission: Submission) -> bool:
    """Whether it is of this case: nothing else can be compared, since the keys of what the case held are lost.

    It comes from the shelter that registered the case, or from the one that holds it now.
    """
    opened = case.opened.event
    return submission.kind == opened.kind and submission.shelter in (opened.shelter, case.shelter)
