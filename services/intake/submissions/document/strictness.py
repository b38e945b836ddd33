"""Fast path for the valid documents that nearly every device sends.

It reports no faults. It leaves anything unusual, valid or not, to the full validation (``canonical_json``,
``validation``). Both give the same submission, byte for byte.
"""

from collections.abc import Collection

import orjson
from pydantic import ValidationError

from services.intake.submissions.document.canonical_json import MAX_DOCUMENT_BYTES, NULL
from services.intake.submissions.document.cross_field_rules import cross_field_faults
from services.intake.submissions.document.document import Submission
from services.intake.submissions.document.reference_data import unlisted_faults

AFTER_A_NAME = b'":'
ESCAPED = (b"\\u0022", b"\\u003a", b"\\u003A")
"""Escapes of a quotation mark and of a colon."""
SPACES = b" \t\r\n"


def read_if_plainly_valid(
    raw: bytes, shelters: Collection[str], wordings: Collection[str] | None = None
) -> Submission | None:
    """The submission if it is plainly valid, otherwise ``None``.

    The form has no fractions and no free keys, and the model accepts no other fields: an accepted document meets the
    limits of depth and size of numbers, too.
    """
    if NULL in raw or len(raw) > MAX_DOCUMENT_BYTES:  # the canonical form is never longer
        return None
    try:
        document = orjson.loads(raw)  # refuses invalid UTF-8 and lone surrogates
        accepted = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        submission = Submission.of(accepted, document)
    except (orjson.JSONDecodeError, ValidationError):
        return None
    if (
        any(unlisted_faults(document, shelters, wordings))
        or not _each_name_once(raw, accepted)
        or any(cross_field_faults(document))
    ):
        return None
    return submission


def _each_name_once(raw: bytes, accepted: bytes) -> bool:
    """Whether no object had a repeated key, of which the parser silently keeps the last.

    Every key is followed by ``":``. A text may contain that, too, but then in both forms unless escaped, and spaces
    can only add to the count in ``raw``. So a repeated key always makes the count in ``raw`` larger.
    """
    if any(escape in raw for escape in ESCAPED):
        return False
    return raw.translate(None, SPACES).count(AFTER_A_NAME) == accepted.count(AFTER_A_NAME)
