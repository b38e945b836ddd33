"""Field types other than listed codes: texts, opaque codes, days. Moments are the chassis's.

Every refusal is a ``PydanticCustomError`` with the fault's code as type and message, because pydantic's own messages
may contain the value.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.intake.opaque_codes import DEVICE_FORM, DEVICE_PATTERN, WORKER_FORM, WORKER_PATTERN

UUID_FORM = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
CODE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
DAY_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST_DAY = 1900
LAYOUT = str.maketrans("", "", "\n\r\t")


class SubmissionPart(BaseModel):
    """Base class of all parts of a submission: immutable, strict about types, without values in its repr."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        cache_strings="none",  # the parser would cache people's names
    )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Nothing, because a repr may end up in a log."""
        return []


def refusal(code: str) -> PydanticCustomError:
    """A refusal whose message is its code."""
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


def _worker(text: str) -> str:
    if not WORKER_FORM.fullmatch(text):
        raise refusal("not_a_worker_code")
    return text


def _device(text: str) -> str:
    if not DEVICE_FORM.fullmatch(text):
        raise refusal("not_a_device_code")
    return text


def _uuid(value: object) -> UUID:
    """Accepts the hyphenated form only, so that an id has one spelling apart from case."""
    if not isinstance(value, str) or not UUID_FORM.fullmatch(value):
        raise refusal("not_a_uuid")
    return UUID(value)


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
    """A birth date with year, year and month, or day."""
    _day(text + "0000-01-01"[len(text) :] if len(text) in {4, 7, 10} else "")
    return text


Line = Annotated[str, AfterValidator(_line)]
OpaqueCode = Annotated[str, AfterValidator(_code)]
WorkerCode = Annotated[
    str,
    AfterValidator(_worker),
    WithJsonSchema({"type": "string", "pattern": f"^{WORKER_PATTERN}$"}, mode="validation"),
]
DeviceCode = Annotated[
    str,
    AfterValidator(_device),
    WithJsonSchema({"type": "string", "pattern": f"^{DEVICE_PATTERN}$"}, mode="validation"),
]
BirthDate = Annotated[str, AfterValidator(_partial_day)]
Identifier = Annotated[
    UUID, PlainValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"}, mode="validation")
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
