"""A schedule of HSDS (RFC 5545: a weekly rule) as a span of a desk's week."""

import re

from services.directory.hours import DAYS, WHOLE_DAY, Span
from services.directory.hsds.rows import Rows
from services.directory.hsds.tables import Placed
from services.directory.written_hours import minute_of

_TIME = re.compile(r"(?P<clock>\d\d:\d\d)(:00)?(?P<offset>Z|[+-]\d\d:\d\d)?")
HERE = {None, "-06:00"}
"""Without an offset it is the wall's time."""
LAST_MINUTE = WHOLE_DAY - 1


def weekly_span(rows: Rows, schedule: Placed) -> Span | None:
    """The span; nothing, and a fault, if it is not one."""
    if schedule.row["freq"] != "WEEKLY":
        rows.fault(schedule, "freq", "solo se conocen horarios semanales (WEEKLY)", "only WEEKLY schedules are known")
    days = [day.strip() for day in rows.needed(schedule, "byday").split(",")]
    if days != [""] and not set(days) <= set(DAYS):
        rows.fault(schedule, "byday", "no son días como MO,TU,WE", "no days such as MO,TU,WE")
    opens, closes = _minute(rows, schedule, "opens_at"), _minute(rows, schedule, "closes_at")
    if opens is None or closes is None or not set(days) <= set(DAYS) or schedule.row["freq"] != "WEEKLY":
        return None
    if closes == LAST_MINUTE:  # so HSDS writes the day's end
        closes = WHOLE_DAY
    if opens >= closes:
        es = "cierra antes de abrir: una noche se escribe como dos horarios"
        rows.fault(schedule, "closes_at", es, "it closes before it opens: a night is written as two schedules")
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
        rows.fault(schedule, column, "no es una hora como 09:00-06:00", "no time such as 09:00-06:00")
        return None
    if written["offset"] not in HERE:
        es = "la hora debe ser la de la Ciudad de México (-06:00)"
        rows.fault(schedule, column, es, "the time must be Mexico City's (-06:00)")
        return None
    return minute
