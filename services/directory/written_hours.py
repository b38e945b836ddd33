"""Parses hours as the directory writes them: ``MO-FR 09:00-18:00``, days as in RFC 5545."""

import re
from collections.abc import Sequence

from services.directory.hours import DAYS, WHOLE_DAY, Hours, Span

_SPAN = re.compile(r"(?P<days>[A-Z][A-Z -]*[A-Z]) (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")


def span_of(text: str) -> Span:
    """One span.

    Raises:
        ValueError: it is not written so, or it closes before it opens.
    """
    written = _SPAN.fullmatch(text)
    if written is None:
        raise ValueError("not hours")
    return Span(_days(written["days"]), minute_of(written["opens"]), minute_of(written["closes"])).checked()


def minute_of(text: str) -> int:
    """Parses a time of day to its minute; 24:00 is the day's end.

    Raises:
        ValueError: no clock shows that.
    """
    hour, minute = int(text[:2]), int(text[3:5])
    if text[2:3] != ":" or minute > 59 or hour * 60 + minute > WHOLE_DAY:
        raise ValueError("not a time")
    return hour * 60 + minute


def hours_of(spans: Sequence[str], *, on_holidays: bool) -> Hours:
    """Parses a desk's hours from its lines.

    Raises:
        ValueError: one is not written as it must be.
    """
    return Hours(tuple(sorted(map(span_of, spans))), on_holidays)


def _days(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError("not a day")
        found |= set(range(DAYS.index(first), DAYS.index(last or first) + 1))
    if not found:
        raise ValueError("no day")
    return tuple(sorted(found))
