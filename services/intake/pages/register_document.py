"""Makes a submission of what was written into the registration form; ``form-document.js`` makes the same in a browser.

It checks nothing: what is written wrong is handed on, so that the validation of submissions names it.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.pages.register_questions import HARM, MAX_HARM_ROWS, Question, asked, facts_of

CONSENTS = "consentimientos"
"""The field in which the form's script hands over what the person decided about each recipient, as JSON."""
ON_PAPER = "papel"
BEGUN = "iniciado"
"""When the form was begun: sent twice, it is the same submission, to the second."""
WRITTEN_DAY = re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})")


def document_of(
    fields: Mapping[str, str], *, submission_id: str, shelter: str, worker: str, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """The submission. ``worker``: who fills the form in; one entered from paper names its own worker and moment."""
    facts = facts_of(fields)
    late = bool(fields.get(ON_PAPER))
    document: dict[str, Any] = {
        "submission_id": submission_id,
        "kind": facts["kind"],
        "shelter": shelter,
        "worker": (late and _text(fields, "worker")) or worker,
        "occurred_at": (late and _moment(fields, zone)) or _text(fields, BEGUN) or begun_at(now, zone),
        "screening": {},
    }
    for question in asked(facts):
        answer = _answer(question, fields, facts)
        if answer is not None and question.name != "kind":
            _put(document, question.path.split("."), answer)
    if facts["kind"] == "person" and fields.get(CONSENTS):
        document["consent"] = _consents(fields[CONSENTS])
    return document


def begun_at(now: datetime, zone: ZoneInfo) -> str:
    """A moment as the form holds it, on the clock of whoever fills it in."""
    return now.astimezone(zone).isoformat(timespec="seconds")


def _answer(question: Question, fields: Mapping[str, str], facts: Mapping[str, str]) -> Any:
    """The answer to one question; ``None``: it was not answered."""
    name = question.name
    read = READ.get(question.type)
    return (facts.get(name, "").strip() or None) if read is None else read(name, fields)


def _marked(name: str, fields: Mapping[str, str]) -> list[str] | None:
    """The codes of the boxes that were ticked. Only what is needed may be empty: the others were not asked then."""
    marked = [key.removeprefix(f"{name}-") for key in fields if key.startswith(f"{name}-") and fields[key]]
    return marked or ([] if name == "needs" else None)


def _yes_or_no(name: str, fields: Mapping[str, str]) -> bool | None:
    return {"yes": True, "no": False}.get(_text(fields, name))


def _number(name: str, fields: Mapping[str, str]) -> int | str | None:
    written = _text(fields, name)
    return int(written) if re.fullmatch(r"[0-9]{1,4}", written) else written or None


def _day(name: str, fields: Mapping[str, str]) -> str | None:
    return "unknown" if fields.get(f"{name}-unknown") else _text(fields, name) or None


def _lines(name: str, fields: Mapping[str, str]) -> str | None:
    return fields.get(name, "").replace("\r\n", "\n").strip() or None


def _harm(_: str, fields: Mapping[str, str]) -> list[dict[str, str]] | None:
    rows = ({one: _text(fields, f"harm-{row}-{one}") for one in HARM} for row in range(1, MAX_HARM_ROWS + 1))
    return [{one: code for one, code in row.items() if code} for row in rows if any(row.values())] or None


def _birth(name: str, fields: Mapping[str, str]) -> str | None:
    """People write 30/04/1998; the submission has 1998-04-30, or the year alone."""
    written = _text(fields, name)
    day = WRITTEN_DAY.fullmatch(written)
    return written or None if day is None else f"{day['year']}-{day['month']:0>2}-{day['day']:0>2}"


def _moment(fields: Mapping[str, str], zone: ZoneInfo) -> str:
    written = _text(fields, "occurred_at")
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone).isoformat(timespec="seconds") if written else ""
    except ValueError:
        return written


def _consents(written: str) -> Any:
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return written


def _text(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name, "").strip()


def _put(document: dict[str, Any], path: list[str], answer: Any) -> None:
    inside = document
    for name in path[:-1]:
        inside = inside.setdefault(name, {})
    inside[path[-1]] = answer


READ: Mapping[str, Callable[[str, Mapping[str, str]], Any]] = {
    "many": _marked,
    "harm": _harm,
    "bool": _yes_or_no,
    "number": _number,
    "day": _day,
    "birth": _birth,
    "area": _lines,
}
"""How each type of question is answered; any other is one code or one line."""
