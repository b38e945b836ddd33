"""Until when a desk must acknowledge, decide and begin: by class, and never later than the person leaves.

Sources: domain.md §6. 24 h, 72 h and 14 days are the inter-agency referral form's; 1 h and 3 h Primero's
assignment defaults; the others are the programme's own judgement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from events.referral import Deadlines
from events.vocabulary import Urgency
from services.referral.working_days import MEXICO_CITY, day_in_mexico, is_working_day

LEAST = timedelta(minutes=15)
"""A desk is never given less, however soon the person leaves."""
BEFORE_DEPARTURE = timedelta(hours=2)
DEPARTURE = {
    "today": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "72h": timedelta(hours=72),
    "7d": timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class _Class:
    acknowledge: timedelta
    decide: timedelta
    serve: timedelta


_BY_CLASS = {
    Urgency.U0: _Class(timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)),
    Urgency.U1: _Class(timedelta(hours=1), timedelta(hours=3), timedelta(hours=24)),
    Urgency.U2: _Class(timedelta(hours=12), timedelta(hours=24), timedelta(hours=72)),
}
U3_ACKNOWLEDGE_DAYS, U3_DECIDE_DAYS, U3_SERVE = 2, 5, timedelta(days=14)


def deadlines(urgency: Urgency, answers: Mapping[str, Any], *, occurred_at: datetime, sent_at: datetime) -> Deadlines:
    """The deadlines of a referral sent at ``sent_at``; ``answers`` are the screening's."""
    if urgency is Urgency.U3:
        return Deadlines(
            acknowledge_by=add_working_days(sent_at, U3_ACKNOWLEDGE_DAYS),
            decide_by=add_working_days(sent_at, U3_DECIDE_DAYS),
            serve_by=sent_at + U3_SERVE,
        )
    of_class = _BY_CLASS[urgency]
    decide = sent_at + of_class.decide
    stay = DEPARTURE.get(answers.get("planned_departure", ""))
    if stay is not None:
        decide = min(decide, occurred_at + stay - BEFORE_DEPARTURE)
    decide = max(decide, sent_at + LEAST)
    return Deadlines(
        acknowledge_by=min(sent_at + of_class.acknowledge, decide),
        decide_by=decide,
        serve_by=max(sent_at + of_class.serve, decide),
    )


def add_working_days(start: datetime, days: int) -> datetime:
    """The same hour, so many working days later, by Mexico's calendar and clock."""
    day, left = day_in_mexico(start), days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    local = start.astimezone(MEXICO_CITY)
    return datetime.combine(day, time(local.hour, local.minute, local.second), MEXICO_CITY).astimezone(start.tzinfo)
