"""Quiet hours, by the contact's own wall clock, also in nights in which clocks change. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WRITTEN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From a minute of the day (inclusive) until another (exclusive), which may be on the next day."""

    starts: int
    ends: int
    zone: ZoneInfo

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet hours around a moment end; ``None``: the moment is not in quiet hours.

        Raises:
            ValueError: the moment has no offset.
        """
        if moment.utcoffset() is None:
            raise ValueError("a moment needs an offset")
        today = moment.astimezone(self.zone).date()
        for day in (today - timedelta(days=1), today):
            # In a night that has an hour twice, quiet hours begin with the first and end with the second.
            begin, end = self._at(day, self.starts, fold=0), self._at(self._last(day), self.ends, fold=1)
            if begin <= moment < end:
                return end.astimezone(moment.tzinfo)
        return None

    def _last(self, day: date) -> date:
        return day if self.starts < self.ends else day + timedelta(days=1)

    def _at(self, day: date, minute: int, *, fold: int) -> datetime:
        wall = time(minute // 60, minute % 60, fold=fold)
        return datetime.combine(day, wall, self.zone).astimezone(UTC)


def minutes(written: str) -> tuple[int, int]:
    """``22:00-07:00`` as two minutes of the day: 1320, 420.

    Raises:
        ValueError: another format, or start and end are equal. The text is not repeated.
    """
    found = WRITTEN.fullmatch(written)
    if found is None:
        raise ValueError("not hours")
    hours = [int(part) for part in found.groups()]
    starts, ends = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if starts == ends:
        raise ValueError("not hours")
    return starts, ends
