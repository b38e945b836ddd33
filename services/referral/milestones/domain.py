"""Which milestones may be recorded of a referral, and from when. Pure."""

from datetime import date, datetime, timedelta
from uuid import UUID

from events.obligations import MilestoneRecorded
from events.referral_states import TAKEN
from events.vocabulary import Agency, Milestone, ReferralState
from services.chassis.errors import ServiceError
from services.chassis.ids import uuid5
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.lifecycle.domain import Referral

ACCEPTED = TAKEN | {ReferralState.DELIVERED}
"""The agency has the person's case, and the referral is open."""
LONGEST_AGO = timedelta(days=730)
"""Two years: a claim filed earlier is no clock that still runs, but a slip of the pen."""


class NoMilestoneError(ServiceError):
    """Milestones are recorded of a referral that the agency has accepted, and never of a report about staff."""

    code = "no_milestone_here"
    status = 409


class MilestoneDayError(ServiceError):
    """The day lies in the future, or more than two years ago."""

    code = "milestone_day"
    status = 422


def milestones_of(referral: UUID) -> UUID:
    """The stream of a referral's milestones; apart from its own, since none is a step of the referral."""
    return uuid5(referral, "milestones")


def milestone(referral: Referral, which: Milestone, on: date, now: datetime) -> MilestoneRecorded:
    """The event that records a milestone.

    Raises:
        NoMilestoneError: the agency has not accepted the referral, or it is a report about staff.
        MilestoneDayError: it cannot have been on that day.
    """
    if referral.agency is Agency.PEAS or referral.state not in ACCEPTED:
        raise NoMilestoneError(state=referral.state)
    today = day_in_mexico(now)
    if not today - LONGEST_AGO <= on <= today:
        raise MilestoneDayError
    return MilestoneRecorded(
        milestone=which, referral=referral.id, agency=referral.agency, shelter=referral.shelter, on=on
    )
