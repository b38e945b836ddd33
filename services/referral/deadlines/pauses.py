"""The one pause of a decide clock, while the shelter answers the desk's question. Pure."""

from datetime import datetime, timedelta

from events.referral import Deadlines
from services.referral.deadlines.ports import EVERY_HOUR, Hours

ZERO = timedelta(0)


def shifted_by_pause(
    moment: datetime,
    deadlines: Deadlines,
    hours: Hours,
    *,
    clocks_from: datetime | None,
    asked_at: datetime | None,
    answered_at: datetime | None,
) -> datetime:
    """Shifts a deadline by the time the decide clock was paused, at most the class's allowance.

    The pause lasts from the desk's question to the shelter's answer; without an answer it is the whole allowance.
    """
    if asked_at is None or deadlines.decide_by_if_asked is None or clocks_from is None:
        return moment
    longest = hours.between(deadlines.decide_by, deadlines.decide_by_if_asked)
    if longest <= ZERO:  # set before pauses were counted by the desk's hours
        hours, longest = EVERY_HOUR, deadlines.decide_by_if_asked - deadlines.decide_by
    unscheduled = max(asked_at, clocks_from)
    if moment <= unscheduled:
        return moment
    stood = longest if answered_at is None else min(hours.between(unscheduled, answered_at), longest)
    return hours.after(moment, stood) if stood > ZERO else moment
