"""How long a shelter has to ask for a decision before others are told that nobody did (domain.md §6).

It measures asking, not a yes. The ladder's later steps are multiples of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from events.vocabulary import Urgency
from services.referral.deadlines.calendar import WORKING_DAYS
from services.referral.deadlines.policy import Clocks
from services.referral.deadlines.ports import EVERY_HOUR, Hours

STEPS = 4
"""The last step of the ladder, in times to ask: by then the person must not have left."""
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TimeToAsk:
    """From when to when somebody is to ask, and the hours that count."""

    start: datetime
    ask_by: datetime
    counts: Literal["every_hour", "working_days"] = "every_hour"

    @property
    def last(self) -> datetime:
        """When the last step of the ladder is due."""
        hours: Hours = WORKING_DAYS if self.counts == "working_days" else EVERY_HOUR
        return hours.after(self.ask_by, (STEPS - 1) * hours.between(self.start, self.ask_by))


def time_to_ask(
    clocks: Clocks, urgency: Urgency, answers: Mapping[str, Any], *, occurred_at: datetime, start: datetime
) -> TimeToAsk:
    """The class's time to acknowledge, halved until the ladder ends before the person leaves. ``answers``: screening.

    Working days count only if the ladder ends in time by them; otherwise every hour does.
    """
    of_class, leaves = clocks.classes[urgency], clocks.leaves_at(answers, occurred_at)
    whole = of_class.acknowledge
    if whole is None:
        assert of_class.acknowledge_working_days is not None  # noqa: S101 - a class has one or the other
        whole = of_class.acknowledge_working_days * _A_DAY
        by_days = TimeToAsk(start, WORKING_DAYS.after(start, whole), "working_days")
        if leaves is None or by_days.last <= leaves:
            return by_days
    while leaves is not None and whole > clocks.least and start + STEPS * whole > leaves:
        whole /= 2
    return TimeToAsk(start, start + max(whole, clocks.least))
