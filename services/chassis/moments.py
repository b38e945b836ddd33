"""Parses moments as callers write them (RFC 3339), at the border only; inside, a moment is a ``datetime``.

RFC 3339 §5.6 allows small letters, ``-00:00`` and a leap second, which ``datetime.fromisoformat`` refuses or reads in
part. So no other module parses a moment that somebody outside has written.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

EARLIEST_YEAR, LATEST_YEAR = 1970, 9998
"""A device with a dead battery sends 1970. Years at the ends of the calendar overflow when the offset is converted."""

FORM = re.compile(
    r"(?P<minute>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]):(?P<second>[0-5][0-9]|60)"
    r"(?P<fraction>\.[0-9]{1,9})?(?P<offset>[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)


def moment_of(written: object) -> datetime:
    """The moment that a text says. A leap second is the first second of the next minute, as in POSIX time.

    Raises:
        PydanticCustomError: ``not_a_time``, or ``needs_offset`` for a moment without an offset.
    """
    form = FORM.fullmatch(written) if isinstance(written, str) else None
    if form is None:
        raise _refusal("not_a_time")
    if form["offset"] is None:
        raise _refusal("needs_offset")
    leaps = form["second"] == "60"
    text = f"{form['minute']}:59{form['offset']}" if leaps else form[0]
    try:
        moment = datetime.fromisoformat(text.upper())
        if leaps:
            moment = _after_leap_second(moment)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise _refusal("not_a_time")
    return moment


def moment_or_none(written: object) -> datetime | None:
    """The moment that a text says; ``None`` if it says none."""
    try:
        return moment_of(written)
    except PydanticCustomError:
        return None


def canonical(written: str) -> str:
    """An accepted text as it is stored: capital letters, no leap second and no ``-00:00``; otherwise unchanged."""
    if written[17] == "6":
        return moment_of(written).isoformat()
    if written[-6:] == "-00:00":
        return f"{written[:-6].upper()}+00:00"
    return written if written[10] == "T" and written[-1] != "z" else written.upper()


def _after_leap_second(second_before: datetime) -> datetime:
    utc = second_before.astimezone(UTC)
    after = utc + timedelta(seconds=1)
    if after.day != 1 or (utc.hour, utc.minute) != (23, 59):  # leap seconds end a month of UTC (RFC 3339 appendix D)
        raise ValueError
    return second_before + timedelta(seconds=1)


def _refusal(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, code)


Instant = Annotated[
    datetime,
    PlainValidator(moment_of),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation"),
]
"""A moment in a request: a text with an offset, of the years 1970 to 9998; never a number."""


def as_exported(moment: datetime) -> str:
    """A moment as files for other programs have it: UTC, with six digits after the second, always as long."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
