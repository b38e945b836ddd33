"""Keeps harm by staff out of a refused document that is handed back, out of its faults, and in what corrects it. Pure.

Whoever did the harm may read along (domain.md §5, PEAS). A refused document has any form, so a harm event is handed
back only if it is whole and names another perpetrator, or none: anything else could be one about staff.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic_core import from_json

from events.answers import ABOUT_STAFF, HARM_EVENTS, HarmKind, HarmTime, Perpetrator
from services.intake.submissions.document import Fault, InvalidSubmission, read_bytes

SCREENING: Final = "screening"
_PARTS = frozenset({"kind", "when", "where", "perpetrator"})
_OTHERS = frozenset(get_args(Perpetrator)) - {ABOUT_STAFF}
_LEAST_SAID: Final[Mapping[str, str]] = {"kind": "threats", "when": "older"}
"""What stands for a part that cannot be read. The lists have no "unknown": these raise the urgency of nothing."""
_CODES: Final[Mapping[str, Sequence[str]]] = {"kind": get_args(HarmKind), "when": get_args(HarmTime)}


def as_handed_back(document: bytes) -> bytes:
    """The document without harm by staff, written anew whether or not there is any, so that its form tells nothing.

    What is no document is handed back as it was sent, unless it names such a perpetrator.
    """
    content = _parsed(document)
    if not isinstance(content, dict):
        return document if ABOUT_STAFF.encode() not in document else b""
    screening = content.get(SCREENING)
    if isinstance(screening, dict) and screening.get(HARM_EVENTS) is not None:
        events = screening[HARM_EVENTS]
        screening[HARM_EVENTS] = [one for one in events if _may_be_seen(one)] if isinstance(events, list) else []
    written = json.dumps(content, ensure_ascii=False, indent=1)
    return b"" if ABOUT_STAFF in written else written.encode(errors="surrogatepass")


def kept_harm(document: bytes) -> list[dict[str, Any]]:
    """The harm events by staff in a refused document, as the rules read them: a correction takes none of them out.

    A report must not be lost because it has the fault, so a part that cannot be read is replaced by what says least.
    If staff are named where no event can be made out, there is one.
    """
    content = _parsed(document)
    screening = content.get(SCREENING) if isinstance(content, dict) else None
    said = screening.get(HARM_EVENTS) if isinstance(screening, dict) else None
    kept = [_readable(one) for one in (said if isinstance(said, list) else [said]) if _names_staff(one)]
    if not kept and (ABOUT_STAFF.encode() in document or ABOUT_STAFF in json.dumps(content)):
        return [_readable(None)]
    return kept


def told_to_shelters(
    document: bytes, invalid: InvalidSubmission, *, shelters: Collection[str], wordings: Collection[str]
) -> InvalidSubmission:
    """The faults without those of harm events that are not handed back; if none is left, one of the whole screening.

    Of harm events, the faults are those of the document as it is handed back, and so are their positions.
    """
    others = [fault for fault in invalid.faults if not _is_of_harm(fault)]
    if len(others) == len(invalid.faults):
        return invalid
    seen: Sequence[Fault] = ()
    try:
        read_bytes(as_handed_back(document), shelters=shelters, wordings=wordings)
    except InvalidSubmission as visible:
        seen = [fault for fault in visible.faults if _is_of_harm(fault)]
    return InvalidSubmission([*others, *seen] or [Fault.of(SCREENING, "not_valid")])


def _is_of_harm(fault: Fault) -> bool:
    return f"{fault.field}.".startswith(f"{SCREENING}.{HARM_EVENTS}.")


def _readable(harm: Any) -> dict[str, Any]:
    """The event with a code of the list in each part that the rules need."""
    parts = harm if isinstance(harm, Mapping) else {}
    said = {name: _as_code(parts.get(name)) for name in _CODES}
    readable = {name: said[name] if said[name] in codes else _LEAST_SAID[name] for name, codes in _CODES.items()}
    return {**readable, "perpetrator": ABOUT_STAFF}


def _names_staff(said: Any) -> bool:
    """Whether staff are named anywhere in it, however the code is spaced or capitalised."""
    if isinstance(said, Mapping):
        return any(_names_staff(one) for pair in said.items() for one in pair)
    if isinstance(said, list):
        return any(_names_staff(one) for one in said)
    return ABOUT_STAFF in _as_code(said)


def _as_code(said: Any) -> str:
    return re.sub(r"[\W_]+", "_", said.casefold()).strip("_") if isinstance(said, str) else ""


def _may_be_seen(harm: Any) -> bool:
    if not isinstance(harm, dict) or not harm.keys() <= _PARTS:
        return False
    perpetrator = harm.get("perpetrator")
    return perpetrator is None or (isinstance(perpetrator, str) and perpetrator in _OTHERS)


def _parsed(document: bytes) -> Any:
    try:
        return from_json(document.removeprefix(BOM_UTF8))
    except ValueError:
        return None
