"""From bytes to a document, and back to the one way of writing it.

JSON leaves open what a key sent twice means, how large a number may be and how deep a value; two readers that
choose differently see two documents. So such a document is refused, and as a whole: nothing in it can be
pointed at with certainty.
"""

import json
import math
import re
from typing import Any, NoReturn

from .faults import WHOLE, Fault, InvalidSubmission

DEEPEST = 16
LARGEST_NUMBER = 2**53 - 1
"""Beyond it, a reader with floating-point numbers only would see another one."""
LARGEST_RAW = 256 * 1024
LARGEST_DOCUMENT = 24 * 1024
"""In its canonical form; sealed and written into an event it must still stay under 64 KiB."""
NULL = b"null"
"""A text may say it too; then it is looked for in vain."""
HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
"""Surrogates, which JSON can write one by one and UTF-8 cannot."""


def from_json(raw: bytes) -> object:
    """The document; or one fault, ``not_json`` (``too_large`` for bytes not worth parsing)."""
    if len(raw) > LARGEST_RAW:
        raise InvalidSubmission([Fault.of(WHOLE, "too_large", LARGEST_RAW)])
    try:
        document = json.loads(
            raw.decode(),
            object_pairs_hook=_without_repetition,
            parse_int=_bounded,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        document = None
        sound = False
    else:
        sound = is_plain(document)
    if not sound:  # raised here, out of the handler: the parser's own error quotes the text
        raise not_json()
    return document


def not_json() -> InvalidSubmission:
    """The refusal of a document that two readers might read differently."""
    return InvalidSubmission([Fault.of(WHOLE, "not_json")])


def to_json(document: object) -> bytes:
    """The one way of writing a plain document: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def is_plain(value: object, depth: int = 1) -> bool:
    """Whether it is what JSON can say, within our bounds; a caller may hand in any Python object."""
    if isinstance(value, str):  # most are texts: first, and without a step for each character
        return value.isascii() or not HALF_A_CHARACTER.search(value)
    if isinstance(value, int | float):
        return abs(value) <= LARGEST_NUMBER  # false of NaN too; a truth value is a number in Python
    if isinstance(value, dict):
        named = all(isinstance(key, str) and is_plain(key) for key in value)
        return depth <= DEEPEST and named and all(is_plain(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return depth <= DEEPEST and all(is_plain(item, depth + 1) for item in value)
    return value is None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError
    return document


def _bounded(digits: str) -> int:
    if len(digits) > len(str(-LARGEST_NUMBER)):
        raise ValueError
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError
    return number


def _no_constant(_name: str) -> NoReturn:
    raise ValueError
