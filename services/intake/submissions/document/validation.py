"""Validates a document into a ``Submission``, or reports all its faults at once.

No fault contains anything that was sent. A misplaced field is named only if its name is one of the form's; otherwise
the fault names the enclosing object, because a key may be a person's name.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from services.intake.submissions.document.canonical_json import (
    MAX_DOCUMENT_BYTES,
    NULL,
    from_json,
    is_plain,
    not_json,
    to_json,
)
from services.intake.submissions.document.consent import Receipt
from services.intake.submissions.document.cross_field_rules import cross_field_faults
from services.intake.submissions.document.document import BestInterests, Device, Submission
from services.intake.submissions.document.faults import FAULT_CODES, WHOLE, Fault, InvalidSubmission
from services.intake.submissions.document.person import Person
from services.intake.submissions.document.reference_data import unlisted_faults
from services.intake.submissions.document.screening import HarmEvent, Pregnancy, Screening
from services.intake.submissions.document.strictness import read_if_plainly_valid

PARTS: Final[tuple[type[BaseModel], ...]] = (
    Submission,
    Device,
    Person,
    Screening,
    HarmEvent,
    Pregnancy,
    BestInterests,
    Receipt,
)
OWN_NAMES = frozenset(name for part in PARTS for name in part.model_fields)

CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "enum": "not_listed",
    "literal_error": "not_listed",
    "string_type": "not_text",
    "bool_type": "not_boolean",
    "int_type": "not_integer",
    "int_from_float": "not_integer",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "model_type": "not_an_object",
    "tuple_type": "not_a_list",
}
LIMITS = ("max_length", "ge", "le")


def read_bytes(raw: bytes, *, shelters: Collection[str], wordings: Collection[str] | None = None) -> Submission:
    """The submission in these bytes.

    Raises:
        InvalidSubmission: with all faults.
    """
    submission = read_if_plainly_valid(raw, shelters, wordings)
    return read(from_json(raw), shelters=shelters, wordings=wordings) if submission is None else submission


def read(document: object, *, shelters: Collection[str], wordings: Collection[str] | None = None) -> Submission:
    """The submission in a parsed document, whose shelter and consent texts must be among these.

    Raises:
        InvalidSubmission: with all faults.
    """
    if not is_plain(document):
        raise not_json()
    if not isinstance(document, dict):
        raise InvalidSubmission([Fault.of(WHOLE, "not_an_object")])
    accepted = to_json(document)
    if len(accepted) > MAX_DOCUMENT_BYTES:
        raise InvalidSubmission([Fault.of(WHOLE, "too_large", MAX_DOCUMENT_BYTES)])
    submission, formed = _formed(accepted)
    faults = [
        *(_with_nulls(formed, document) if NULL in accepted else formed),
        *cross_field_faults(document),
        *unlisted_faults(document, shelters, wordings),
    ]
    if submission is None or faults:
        raise InvalidSubmission(faults)
    return submission


def _formed(accepted: bytes) -> tuple[Submission | None, list[Fault]]:
    """Validates the form. Pydantic's error contains what was sent, so it does not leave this function."""
    try:
        return Submission.of(accepted, orjson.loads(accepted)), []
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
    return None, [_translated(detail) for detail in details]


def _translated(detail: ErrorDetails) -> Fault:
    code = CODES.get(detail["type"], detail["type"])
    if code not in FAULT_CODES:
        code = "not_valid"
    context = detail.get("ctx", {})
    limit = next((context[name] for name in LIMITS if name in context), None)
    return Fault.of(_path(detail["loc"]), code, limit)


def _path(steps: tuple[int | str, ...]) -> str:
    """The leading part of the path that consists of the form's names and positions."""
    names: list[str] = []
    for step in steps:
        if isinstance(step, str) and step not in OWN_NAMES:
            break
        names.append(str(step))
    return ".".join(names) or WHOLE


def _with_nulls(formed: list[Fault], document: dict[str, Any]) -> Iterator[Fault]:
    """Reports a null as ``null_value`` instead of a wrong type, unless the field itself is unknown."""
    nulls = {fault.field: fault for fault in _nulls(document)}
    for fault in formed:
        if fault.code == "unknown_field":
            nulls.pop(fault.field, None)
    yield from (fault for fault in formed if fault.field not in nulls)
    yield from nulls.values()


def _nulls(value: object, steps: tuple[int | str, ...] = ()) -> Iterator[Fault]:
    """Faults of nulls in fields of the form: a null is neither an answer nor an omission."""
    if value is None and all(isinstance(step, int) or step in OWN_NAMES for step in steps):
        yield Fault.of(_path(steps), "null_value")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _nulls(item, (*steps, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _nulls(item, (*steps, position))
