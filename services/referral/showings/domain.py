"""The records of referrals that are shown, or leave with a file. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.readings import ReferralShown
from events.vocabulary import ShownView
from services.chassis.authorization.policy import Principal
from services.chassis.ids import uuid5
from services.chassis.showings.domain import Showing, stream_of


@dataclass(frozen=True, slots=True)
class Seen:
    """A referral that is about to be shown."""

    referral: UUID
    case: UUID


def shown(view: ShownView, seen: Seen, by: Principal, until: datetime) -> Showing:
    """The record of a referral on a list or a page of its own."""
    event = ReferralShown(reader=by.org, view=view, referral=seen.referral, until=until)
    return Showing(stream_of(by, view, [seen.referral], until), seen.case, event)


def taken_out(export: UUID, seen: Seen, by: Principal) -> Showing:
    """The record of a row of a file."""
    event = ReferralShown(reader=by.org, view=ShownView.EXPORT, referral=seen.referral, export=export)
    return Showing(uuid5(export, f"row/{seen.referral}"), seen.case, event)
