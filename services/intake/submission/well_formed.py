"""The short way in, for what nearly every device sends: bytes in which there is nothing to correct.

It never says what is wrong. Whatever is unusual, even if nothing is wrong with it, is left to the careful way
(``json_document`` and ``reading``); what both take in is the same submission, to the byte.
"""

from collections.abc import Collection

import orjson
from pydantic import ValidationError

from .coherence import incoherences
from .document import Submission
from .json_document import LARGEST_DOCUMENT, NULL
from .listed import unlisted

AFTER_A_NAME = b'":'
ESCAPED = (b"\\u0022", b"\\u003a", b"\\u003A")
"""A quotation mark, a colon."""
SPACES = b" \t\r\n"


def well_formed(raw: bytes, shelters: Collection[str], wordings: Collection[str] | None = None) -> Submission | None:
    """The submission, if it can be seen at once that it is valid for one of these shelters.

    The form has neither fractions nor free names, and the model accepts nothing beside it: so a document that it
    accepted is as shallow, and its numbers are as small, as the careful way demands.
    """
    if NULL in raw or len(raw) > LARGEST_DOCUMENT:  # written in the one way it is never longer
        return None
    try:
        document = orjson.loads(raw)  # UTF-8 and whole characters only, as it should be
        accepted = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        submission = Submission.of(accepted, document)
    except (orjson.JSONDecodeError, ValidationError):
        return None
    if any(unlisted(document, shelters, wordings)) or not _each_name_once(raw, accepted) or any(incoherences(document)):
        return None
    return submission


def _each_name_once(raw: bytes, accepted: bytes) -> bool:
    """Whether no object had a name twice: the parser keeps the last of two and says nothing.

    Every name is followed by ``":``. A text may hold that too, but then in both, or with a space between in ``raw``
    alone, unless it was sent in escapes. So of two names alike there is one more in ``raw``, and nothing evens it out.
    """
    if any(escape in raw for escape in ESCAPED):
        return False
    return raw.translate(None, SPACES).count(AFTER_A_NAME) == accepted.count(AFTER_A_NAME)
