"""Kinds of value a shelter may send besides a code: texts, opaque codes, instants, days.

Every refusal is a ``PydanticCustomError`` whose type is the fault's code and whose message is fixed: pydantic
never gets a chance to word one with the value in it.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

UUID_FORM = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
CODE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
DAY_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOCK_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
EARLIEST_CLOCK, LATEST_CLOCK = 1970, 9998
"""A dead battery says 1970; the years at either end of the calendar cannot be moved to another offset."""
EARLIEST_DAY = 1900
LAYOUT = str.maketrans("", "", "\n\r\t")


class Sealed(BaseModel):
    """Base of all that a submission holds: never altered, never shown by a repr, strict about types."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        cache_strings="none",  # the parser would otherwise keep people's names in a cache of its own
    )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Nothing: a repr ends up in a log sooner or later."""
        return []


def refusal(code: str) -> PydanticCustomError:
    """A refusal whose message is its code, so that no value can slip in."""
    return PydanticCustomError(code, code)


def _line(text: str) -> str:
    if not text.isprintable() and any(unicodedata.category(character) == "Cc" for character in text):
        raise refusal("control_characters")
    return text


def _lines(text: str) -> str:
    if not text.isprintable():
        _line(text.translate(LAYOUT))
    return text


def _code(text: str) -> str:
    if not CODE_FORM.fullmatch(text):
        raise refusal("not_a_code")
    return text


def _uuid(value: object) -> UUID:
    """Only the hyphened form: one id, one spelling but for its case."""
    if not isinstance(value, str) or not UUID_FORM.fullmatch(value):
        raise refusal("not_a_uuid")
    return UUID(value)


def _instant(value: object) -> datetime:
    form = CLOCK_FORM.fullmatch(value) if isinstance(value, str) else None
    if form is None:
        raise refusal("not_a_time")
    if form["offset"] is None:
        raise refusal("needs_offset")
    try:
        instant = datetime.fromisoformat(form[0].upper())
    except ValueError:
        instant = None
    if instant is None or not EARLIEST_CLOCK <= instant.year <= LATEST_CLOCK:
        raise refusal("not_a_time")
    return instant


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if DAY_FORM.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day.year < EARLIEST_DAY:
        raise refusal("not_a_date")
    return day


def _day_or_unknown(value: object) -> date | Literal["unknown"]:
    if value == "unknown":
        return "unknown"
    return _day(value if isinstance(value, str) else "")


def _partial_day(text: str) -> str:
    """A birth date as far as the person knows it: the year, the month, or the day."""
    _day(text + "0000-01-01"[len(text) :] if len(text) in {4, 7, 10} else "")
    return text


Line = Annotated[str, AfterValidator(_line)]
OpaqueCode = Annotated[str, AfterValidator(_code)]
BirthDate = Annotated[str, AfterValidator(_partial_day)]
Identifier = Annotated[
    UUID, PlainValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"}, mode="validation")
]
Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation"),
]
DayOrUnknown = Annotated[
    date | Literal["unknown"],
    PlainValidator(_day_or_unknown),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"const": "unknown"}]}, mode="validation"),
]
ShortText = Annotated[str, Field(max_length=100), AfterValidator(_line)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(_line)]
Notes = Annotated[str, Field(max_length=8000), AfterValidator(_lines)]
