"""Parses JSON strictly, and writes it in canonical form.

JSON does not define the meaning of a repeated key, the range of numbers or the depth of values, so two parsers may see
two documents. Such a document is refused as a whole, because no single field can be blamed with certainty.
"""

import json
import math
import re
from codecs import BOM_UTF8
from typing import Any, NoReturn

from services.intake.submissions.document.faults import WHOLE, Fault, InvalidSubmission

MAX_DEPTH = 16
MAX_NUMBER = 2**53 - 1
"""A larger integer loses precision in parsers that use floating-point numbers."""
MAX_RAW_BYTES = 256 * 1024
MAX_DOCUMENT_BYTES = 24 * 1024
"""In canonical form; sealed in an event it must stay under 64 KiB."""
NULL = b"null"
"""Also matches within a text, which only costs a needless search for nulls."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""JSON can escape a lone surrogate, UTF-8 cannot encode it."""


def from_json(raw: bytes) -> object:
    """Parses the document. A byte order mark is skipped (RFC 8259 §8.1).

    Raises:
        InvalidSubmission: with the one fault ``not_json``, or ``too_large`` for more than ``MAX_RAW_BYTES``.
    """
    if len(raw) > MAX_RAW_BYTES:
        raise InvalidSubmission([Fault.of(WHOLE, "too_large", MAX_RAW_BYTES)])
    try:
        document = json.loads(
            raw.removeprefix(BOM_UTF8).decode(),
            object_pairs_hook=_without_repetition,
            parse_int=_bounded,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        document = None
        valid = False
    else:
        valid = is_plain(document)
    if not valid:  # raised outside the handler, because the parser's error quotes the text
        raise not_json()
    return document


def not_json() -> InvalidSubmission:
    """The refusal of a document that two parsers may read differently."""
    return InvalidSubmission([Fault.of(WHOLE, "not_json")])


def to_json(document: object) -> bytes:
    """The canonical form: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def is_plain(value: object, depth: int = 1) -> bool:
    """Whether a Python object is JSON within our limits."""
    if isinstance(value, str):  # first, because most values are texts; ASCII ones need no search
        return value.isascii() or not SURROGATE.search(value)
    if isinstance(value, int | float):
        return abs(value) <= MAX_NUMBER  # false for NaN, too; includes bool
    if isinstance(value, dict):
        named = all(isinstance(key, str) and is_plain(key) for key in value)
        return depth <= MAX_DEPTH and named and all(is_plain(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return depth <= MAX_DEPTH and all(is_plain(item, depth + 1) for item in value)
    return value is None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError
    return document


def _bounded(digits: str) -> int:
    if len(digits) > len(str(-MAX_NUMBER)):
        raise ValueError
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError
    return number


def _no_constant(_name: str) -> NoReturn:
    raise ValueError
