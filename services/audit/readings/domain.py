"""The record of an auditor's look at a case, or at what is about none. Pure."""

from datetime import datetime
from uuid import UUID

from events.contract import Event
from events.readings import HistoryRead
from events.vocabulary import AuditView
from services.chassis.authorization.policy import Principal
from services.chassis.showings.domain import Showing, stream_of


def looked(
    view: AuditView, by: Principal, until: datetime, *, case: UUID | None, referral: UUID | None, at: datetime | None
) -> Showing:
    """The record that somebody looked at a case, or one referral of it, as it was ``at`` a moment (``None``: now)."""
    event = HistoryRead(view=view, referral=referral, at=at, until=until)
    things = [one for one in (case, referral) if one is not None]
    return Showing(stream_of(by, view, things, until), case, event, goes_as_far)


def goes_as_far(earlier: Event, now: Event) -> bool:
    """Whether an earlier look reached at least as late a moment, so that the later one showed nothing more."""
    if not isinstance(earlier, HistoryRead) or not isinstance(now, HistoryRead):
        return False
    return earlier.at is None or (now.at is not None and now.at <= earlier.at)
