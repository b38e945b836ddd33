"""The registration form as somebody fills it in: drawn at random, or the shortest way to one case."""

from collections.abc import Mapping, Sequence
from random import Random

from services.chassis.locales import SPANISH, catalogue
from services.intake.pages.register_questions import HARM, QUESTIONS, Question, asked, facts_of
from services.intake.pages.register_words import all_options

BEGUN = "2013-06-12T08:34:00-06:00"
OPTIONS = all_options(catalogue("services.intake")(SPANISH))
TEXTS = ("", "", "Xʼtuuj Ñuu", "  Ti Jan Batis\u00e8  ", "عائشة", "🙂 " * 20)
A_CHILD_ALONE: Mapping[str, str] = {
    "private": "yes",
    "danger_now": "no",
    "medical_now": "no",
    "age_band": "12-14",
    "age_certainty": "stated",
    "accompaniment": "alone",
    "language": "mam",
    "fear_of_return": "unsure",
    "planned_departure": "24h",
    "safe_contact": "shelter_only",
}
"""What must be answered of a child who travels alone, and nothing more."""
AN_ADULT: Mapping[str, str] = {
    **{name: code for name, code in A_CHILD_ALONE.items() if name != "accompaniment"},
    "age_band": "25-59",
    "fear_of_return": "yes",
}


def filled_at_random(draw: Random) -> dict[str, str]:
    """Every question answered or not, also those that are not asked then."""
    fields = {"iniciado": BEGUN, "kind": draw.choice(["person"] * 6 + ["community_incident", "shelter_threat"])}
    for question in QUESTIONS:
        if question.name != "kind":
            fields |= _answered(question, draw)
    if draw.random() < 0.2:
        late = {"papel": "si", "occurred_at": draw.choice(["2013-06-10T23:15", "2013-12-24T01:02:03", ""])}
        fields |= late | {"worker": draw.choice(["", " w-035 "])}
    return fields


def whole(fields: Mapping[str, str], draw: Random) -> dict[str, str]:
    """The same with an answer to whatever must be answered."""
    filled = dict(fields)
    for _ in range(3):  # one answer may ask for another
        for question in asked(facts_of(filled)):
            if question.required and not filled.get(question.name):
                filled[question.name] = draw.choice(OPTIONS[question.name])[0]
    return filled


def _answered(question: Question, draw: Random) -> dict[str, str]:
    name = question.name
    if question.type == "many":
        return {f"{name}-{code}": "si" for code, _ in OPTIONS[name] if draw.random() < 0.15}
    if question.type == "harm":
        return {f"harm-{row}-{part}": code for row in (1, 3) for part, code in _harm(draw).items()}
    unknown = {f"{name}-unknown": "si"} if question.type == "day" and draw.random() < 0.2 else {}
    return {name: draw.choice(_what_is_written(question))} | unknown


def _what_is_written(question: Question) -> Sequence[str]:
    if question.name == "family_group":
        return ("", "F-12")
    written: Mapping[str, Sequence[str]] = {
        "number": ("", "0", "12", "45"),
        "day": ("", "2013-05-17"),
        "birth": ("", "1998", "1998-04", "30/4/1998", "03/11/2001"),
        "text": TEXTS,
        "area": ("", "uno\r\ndos\t"),
    }
    return written.get(question.type) or ("", *(code for code, _ in OPTIONS[question.name]))


def _harm(draw: Random) -> dict[str, str]:
    if draw.random() < 0.5:
        return {}
    told = {part: draw.choice(OPTIONS[f"harm-{part}"])[0] for part in HARM}
    return {part: code for part, code in told.items() if part in {"kind", "when"} or draw.random() < 0.5}
