"""The record of a case that is shown. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events.readings import CaseShown
from events.vocabulary import ShownView
from services.chassis.authorization.policy import Principal
from services.chassis.showings.domain import Showing, stream_of


def shown(view: ShownView, case: UUID, referrals: Sequence[UUID], by: Principal, until: datetime) -> Showing:
    """The record of these referrals of a case, those of a restricted category."""
    told = tuple(sorted(referrals))
    return Showing(
        stream_of(by, view, (case, *told), until),
        case,
        CaseShown(reader=by.org, view=view, referrals=told, until=until),
    )
