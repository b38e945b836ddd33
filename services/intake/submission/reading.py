"""The one way in: a document becomes a ``Submission``, or every fault of it is told at once.

No fault carries anything that was sent. A field unknown at its place is named only if its name is one of
this form's own; otherwise the fault stands at the object that holds it, for a person's name can be a key.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .coherence import incoherences
from .consent import Receipt
from .document import BestInterests, Device, Submission
from .faults import TEXTS, WHOLE, Fault, InvalidSubmission
from .json_document import LARGEST_DOCUMENT, NULL, from_json, is_plain, not_json, to_json
from .listed import unlisted
from .person import Person
from .screening import HarmEvent, Pregnancy, Screening
from .well_formed import well_formed

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


def received(raw: bytes, *, shelters: Collection[str], wordings: Collection[str] | None = None) -> Submission:
    """The submission in these bytes, if it is valid for one of these shelters; else ``InvalidSubmission``."""
    submission = well_formed(raw, shelters, wordings)
    return read(from_json(raw), shelters=shelters, wordings=wordings) if submission is None else submission


def read(document: object, *, shelters: Collection[str], wordings: Collection[str] | None = None) -> Submission:
    """The submission, if it is valid for one of these shelters and its consents rest on these texts.

    Raises:
        InvalidSubmission: it is not, and all that is wrong.
    """
    if not is_plain(document):
        raise not_json()
    if not isinstance(document, dict):
        raise InvalidSubmission([Fault.of(WHOLE, "not_an_object")])
    accepted = to_json(document)
    if len(accepted) > LARGEST_DOCUMENT:
        raise InvalidSubmission([Fault.of(WHOLE, "too_large", LARGEST_DOCUMENT)])
    submission, formed = _formed(accepted)
    faults = [
        *(_with_nulls(formed, document) if NULL in accepted else formed),
        *incoherences(document),
        *unlisted(document, shelters, wordings),
    ]
    if submission is None or faults:
        raise InvalidSubmission(faults)
    return submission


def _formed(accepted: bytes) -> tuple[Submission | None, list[Fault]]:
    """Pydantic's error holds what was sent, so it ends here: not even as the context of ours."""
    try:
        return Submission.of(accepted, orjson.loads(accepted)), []
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
    return None, [_translated(detail) for detail in details]


def _translated(detail: ErrorDetails) -> Fault:
    code = CODES.get(detail["type"], detail["type"])
    if code not in TEXTS:
        code = "not_valid"
    context = detail.get("ctx", {})
    limit = next((context[name] for name in LIMITS if name in context), None)
    return Fault.of(_path(detail["loc"]), code, limit)


def _path(steps: tuple[int | str, ...]) -> str:
    """As far as it is made of our own names and of positions."""
    known: list[str] = []
    for step in steps:
        if isinstance(step, str) and step not in OWN_NAMES:
            break
        known.append(str(step))
    return ".".join(known) or WHOLE


def _with_nulls(formed: list[Fault], document: dict[str, Any]) -> Iterator[Fault]:
    """A null is told as one, not as a wrong kind of value; where no field belongs that is what matters."""
    nulls = {fault.field: fault for fault in _nulls(document)}
    for fault in formed:
        if fault.code == "unknown_field":
            nulls.pop(fault.field, None)
    yield from (fault for fault in formed if fault.field not in nulls)
    yield from nulls.values()


def _nulls(value: object, steps: tuple[int | str, ...] = ()) -> Iterator[Fault]:
    """A null is neither an answer nor the absence of one, wherever the form has a field."""
    if value is None and all(isinstance(step, int) or step in OWN_NAMES for step in steps):
        yield Fault.of(_path(steps), "null_value")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _nulls(item, (*steps, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _nulls(item, (*steps, position))
