"""Who may overrule a withdrawal by slip, and which word about help that came is news. Pure decisions.

One worker alone must not be able to silence a person: to dismiss what they take back, again and again. The rule is the
same for every case, so that it tells no shelter which of them has a report about its own staff (domain.md §5).
"""

from datetime import datetime

from events.vocabulary import Agency
from services.chassis.authorization.policy import EVERYWHERE, Principal
from services.intake.cases.domain import CaseState


def may_dismiss(case: CaseState, by: Principal) -> bool:
    """Whether the principal may dismiss a withdrawal: not who issued the slip, nor who dismissed one before.

    The programme's coordinator, who is of no shelter, always may.
    """
    return by.org == EVERYWHERE or (by.label != case.slip_by and by.label not in case.dismissed_by)


def is_news(case: CaseState, agency: Agency, delivered_at: datetime) -> bool:
    """Whether nothing was said yet, by slip, of help that this agency reported as given then."""
    said = [at for whose, at in case.confirmed_at.items() if whose in (None, agency)]
    return all(at < delivered_at for at in said)
