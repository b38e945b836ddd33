"""The answers that a shelter may correct by a form: which there are, what to choose from, and the correction of a form.

An answer that is not on the form stays as it is. Nobody is asked anything again: only what changed is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chassis.authorization.policy import Principal
from services.chassis.errors import MalformedRequestError
from services.chassis.locales import Translator
from services.chassis.web.pages.forms import Form
from services.intake.amendments.domain import Correction
from services.intake.opaque_codes import WORKER_FORM
from services.intake.reference.code_lists import choice_words

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the form: its name in a submission, and its list of codes; ``several``: a list of them."""

    name: str
    codes: str
    several: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that are shown together; only the first group is open."""

    name: str
    answers: tuple[Answer, ...]


GROUPS = (
    Group(
        "now",
        (
            Answer("danger_now", "answer"),
            Answer("medical_now", "answer"),
            Answer("planned_departure", "departure"),
            Answer("safe_contact", "safe_contact"),
            Answer("interpreter_needed", "yes_no"),
            Answer("needs", "need", several=True),
        ),
    ),
    Group(
        "who",
        (
            Answer("age_band", "age_band"),
            Answer("age_certainty", "age_certainty"),
            Answer("could_be_under_18", "yes_no_unsure"),
            Answer("accompaniment", "accompaniment"),
            Answer("travelling", "travelling"),
            Answer("sex", "sex"),
        ),
    ),
    Group(
        "return",
        (
            Answer("fear_of_return", "answer"),
            Answer("removal_risk", "answer"),
            Answer("protection_status", "protection_status"),
            Answer("stateless", "answer"),
            Answer("wants_return", "yes_no_unsure"),
        ),
    ),
    Group(
        "told",
        (
            Answer("private", "yes_no"),
            Answer("perpetrator_nearby", "yes_no_unsure"),
            Answer("trafficking_indicators", "trafficking_indicator", several=True),
            Answer("work_abuse", "work_abuse", several=True),
            Answer("missing_relative", "yes_no"),
        ),
    ),
    Group(
        "health",
        (
            Answer("disability", "functioning", several=True),
            Answer("lacks_aid_or_medicine", "yes_no"),
            Answer("distress", "distress"),
        ),
    ),
)
ANSWERS = tuple(answer for group in GROUPS for answer in group.answers)
YES_OR_NO = frozenset({"interpreter_needed", "lacks_aid_or_medicine"})
"""Answers that a submission has as true or false."""
LANGUAGE, NEEDS = "language", "needs"
HARM = {"kind": "harm_kind", "when": "harm_time", "perpetrator": "perpetrator"}
"""What is said of a further harm event, with the list of its codes."""
SHOWN = "visto"
"""The moment at which the answers were opened."""


def written_in(answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers as fields of the form have them; of a list each that is chosen."""
    fields: dict[str, str] = {LANGUAGE: str(answers.get(LANGUAGE) or "")}
    for one in ANSWERS:
        value = answers.get(one.name)
        if one.several:
            fields |= {box(one.name, code): "si" for code in value or ()}
        elif value is not None:
            fields[one.name] = ("yes" if value else "no") if one.name in YES_OR_NO else str(value)
    return fields


def box(name: str, code: str) -> str:
    """The name of the check box of an element of a list."""
    return f"{name}.{code}"


def options_of(say: Translator) -> dict[str, Options]:
    """What may be chosen, by list of codes."""
    return {name: choice_words(say, name) for name in {one.codes for one in ANSWERS} | {*HARM.values()}}


def correction_of(form: Form, principal: Principal, now: datetime, codes: Mapping[str, Options]) -> Correction:
    """What somebody wrote into the form. An empty list of what is not required is an answer that was not asked.

    Raises:
        MalformedRequestError: the form is not from one of our pages.
    """
    said: dict[str, Any] = {}
    for one in ANSWERS:
        if one.several:
            chosen = [code for code, _ in codes[one.codes] if form.text(box(one.name, code))]
            said[one.name] = chosen if chosen or one.name == NEEDS else None
        else:
            value = form.text(one.name)
            said[one.name] = value == "yes" if value is not None and one.name in YES_OR_NO else value
    said[LANGUAGE] = form.text(LANGUAGE)
    harm = {name: value for name in HARM if (value := form.text(f"harm_{name}")) is not None}
    return Correction(
        worker=worker_of(form, principal),
        answers=said,
        further_harm=harm or None,
        asked_at=_shown_at(form, now),
    )


def worker_of(form: Form, principal: Principal) -> str:
    """The code of the worker who asked: that of the account, if it has the form of one."""
    return principal.label if WORKER_FORM.fullmatch(principal.label) else form.text("worker") or ""


def _shown_at(form: Form, now: datetime) -> datetime:
    """When the answers were opened: sent twice, the form is the same correction."""
    try:
        return min(datetime.fromisoformat(form.fields[SHOWN]), now)
    except (KeyError, ValueError, TypeError):
        raise MalformedRequestError from None
