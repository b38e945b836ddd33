"""Converts an HSDS schedule (RFC 5545, weekly) to a span of a desk's week."""

import re

from services.directory.hours import DAYS, WHOLE_DAY, Span
from services.directory.hsds.rows import Rows
from services.directory.hsds.tables import Placed
from services.directory.written_hours import minute_of

_TIME = re.compile(r"(?P<clock>\d\d:\d\d)(:00)?(?P<offset>Z|[+-]\d\d:\d\d)?")
HERE = {None, "-06:00"}
"""Without an offset it is local time."""
LAST_MINUTE = WHOLE_DAY - 1


def weekly_span(rows: Rows, schedule: Placed) -> Span | None:
    """The span; ``None`` and a fault if the schedule is not one."""
    if schedule.row["freq"] != "WEEKLY":
        rows.fault(schedule, "freq", "hsds.only_weekly")
    days = [day.strip() for day in rows.needed(schedule, "byday").split(",")]
    if days != [""] and not set(days) <= set(DAYS):
        rows.fault(schedule, "byday", "hsds.no_days")
    opens, closes = _minute(rows, schedule, "opens_at"), _minute(rows, schedule, "closes_at")
    if opens is None or closes is None or not set(days) <= set(DAYS) or schedule.row["freq"] != "WEEKLY":
        return None
    if closes == LAST_MINUTE:  # HSDS writes the day's end as its last minute
        closes = WHOLE_DAY
    if opens >= closes:
        rows.fault(schedule, "closes_at", "hsds.closes_first")
        return None
    return Span(tuple(sorted(DAYS.index(day) for day in set(days))), opens, closes)


def _minute(rows: Rows, schedule: Placed, column: str) -> int | None:
    value = rows.needed(schedule, column)
    written = _TIME.fullmatch(value)
    if not value:
        return None
    try:
        minute = minute_of(written["clock"]) if written else None
    except ValueError:
        minute = None
    if written is None or minute is None:
        rows.fault(schedule, column, "hsds.no_time")
        return None
    if written["offset"] not in HERE:
        rows.fault(schedule, column, "hsds.elsewhere_time")
        return None
    return minute
