"""The questions of the registration form: in which order, on which screen, and when each is asked.

The page, the mapping to a submission on the server and the one in the browser all read this list: a question that is
not asked has no answer in either. ``when`` holds if every part joined by ``&`` does: ``name=one|two`` or ``name!=one``.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from events.consent_rules import CHILD_BANDS

PERSON = "kind=person"
IN_PRIVATE = "kind=person&private!=no"
WITH_CHILD = "sex!=M&pregnant=yes"
OTHER_LANGUAGE = "mis"
"""ISO 639-3: a language without a code."""
LANGUAGES = (
    *(("es", "Español"), ("mam", "Mam"), ("quc", "K'iche'"), ("kek", "Q'eqchi'"), ("kjb", "Q'anjob'al")),
    *(("cak", "Kaqchikel"), ("ixl", "Ixil"), ("cac", "Chuj"), ("jac", "Popti'"), ("acr", "Achi"), ("tzh", "Tseltal")),
    *(("tzo", "Tsotsil"), ("cab", "Garífuna"), ("miq", "Miskitu"), ("hat", "Kreyòl ayisyen"), ("en", "English")),
    *(("fr", "Français"), ("pt", "Português"), ("ar", "العربية")),
)
"""What is spoken on the route, each as its speakers write it."""
FREQUENT = ("GTM", "HND", "SLV", "NIC", "CUB", "HTI", "VEN", "COL", "ECU", "BLZ", "MEX")
NEAR = ("GT", "HN", "SV", "NI", "BZ", "CR", "PA", "CO", "EC", "VE", "CU", "HT", "US")
"""Countries of the route, before and after Mexico."""
HARM = ("kind", "when", "where", "perpetrator")
MAX_HARM_ROWS = 40


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``path`` is its field in the submission, ``type`` how it is answered."""

    name: str
    path: str
    type: str
    codes: str = ""
    """The list of its answers in ``code_lists``."""
    when: str = ""
    required: bool = False
    hint: bool = False
    """Whether a sentence below the question explains it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One screen: one topic."""

    name: str
    questions: tuple[Question, ...]
    when: str = ""


def _one(name: str, codes: str, when: str = "", *, required: bool = False, hint: bool = False) -> Question:
    return Question(name, f"screening.{name}", "one", codes, when, required, hint)


def _many(name: str, codes: str, when: str = "", *, hint: bool = False) -> Question:
    return Question(name, f"screening.{name}", "many", codes, when, hint=hint)


STEPS: tuple[Step, ...] = (
    Step(
        "place",
        (
            _one("private", "yes_no", PERSON, required=True, hint=True),
            Question("kind", "kind", "one", "kind"),
        ),
    ),
    Step(
        "danger",
        (_one("danger_now", "answer", required=True), _one("medical_now", "answer", required=True)),
    ),
    Step(
        "age",
        (
            _one("age_band", "age_band", required=True),
            _one("could_be_under_18", "yes_no_unsure", "age_band=unknown", required=True),
            _one("age_certainty", "age_certainty", required=True),
            _one("accompaniment", "accompaniment", "child=yes", required=True),
            _one("travelling", "travelling", "child=no"),
        ),
        PERSON,
    ),
    Step(
        "about",
        (
            _one("language", "language", required=True),
            Question("interpreter_needed", "screening.interpreter_needed", "bool", "yes_no", "language!=es"),
            _one("sex", "sex"),
            Question("gender_self", "screening.gender_self", "text", when="private!=no&sex=X"),
            _one("country_origin", "country"),
        ),
        PERSON,
    ),
    Step(
        "return",
        (
            _one("fear_of_return", "answer", required=True),
            _one("removal_risk", "answer"),
            _one("protection_status", "protection_status"),
            _one("stateless", "answer", hint=True),
            Question("entry_date", "screening.entry_date", "day", hint=True),
        ),
        PERSON,
    ),
    Step(
        "told",
        (
            Question("harm_events", "screening.harm_events", "harm", hint=True),
            _one("perpetrator_nearby", "yes_no_unsure", "danger_now!=yes"),
            _many("smuggling_indicators", "smuggling_indicator"),
            _many("trafficking_indicators", "trafficking_indicator", hint=True),
        ),
        IN_PRIVATE,
    ),
    Step(
        "health",
        (
            Question("pregnant", "screening.pregnancy.pregnant", "one", "pregnant", "sex!=M"),
            Question("weeks", "screening.pregnancy.weeks", "number", when=WITH_CHILD),
            Question(
                "danger_signs", "screening.pregnancy.danger_signs", "bool", "yes_no", "sex!=M&pregnant=yes", hint=True
            ),
            _many("disability", "functioning"),
            Question("lacks_aid_or_medicine", "screening.lacks_aid_or_medicine", "bool", "yes_no"),
            _one("distress", "distress", "private!=no", hint=True),
        ),
        PERSON,
    ),
    Step(
        "work",
        (
            _many("work_abuse", "work_abuse", "private!=no"),
            _one("missing_relative", "yes_no"),
            _one("wants_return", "yes_no_unsure"),
            _many("self_declared", "self_declared", "private!=no", hint=True),
        ),
        PERSON,
    ),
    Step(
        "next",
        (
            _many("needs", "need"),
            _one("planned_departure", "departure", required=True),
            _one("safe_contact", "safe_contact", required=True),
        ),
        PERSON,
    ),
    Step(
        "identity",
        (
            Question("name", "person.name", "text"),
            Question("birth_date", "person.birth_date", "birth", hint=True),
            Question("document", "person.document", "text"),
            Question("phone", "person.phone", "text"),
            Question("notes", "person.notes", "area"),
            Question("family_group", "screening.family_group", "text", hint=True),
        ),
        PERSON,
    ),
    Step(
        "child",
        (
            Question("assent", "best_interests.assent", "one", "assent", hint=True),
            Question(
                "basis",
                "best_interests.basis",
                "one",
                "best_interests_basis",
                "assent=yes|no|not_applicable",
                required=True,
                hint=True,
            ),
        ),
        "kind=person&child=yes",
    ),
    Step("withhold", (Question("withhold_from", "withhold_from", "many", "withhold"),), PERSON),
)
QUESTIONS: tuple[Question, ...] = tuple(question for step in STEPS for question in step.questions)
LATE = ("occurred_at", "worker")
"""Beside the questions: when it was written on paper, and by whom."""


def facts_of(fields: Mapping[str, str]) -> dict[str, str]:
    """What the conditions look at: the answers, and whether the person counts as a child."""
    band, could_be = fields.get("age_band", ""), fields.get("could_be_under_18", "")
    if band == "unknown":
        child = {"": "", "no": "no"}.get(could_be, "yes")
    else:
        child = "yes" if band in CHILD_BANDS else "no" if band else ""
    return {**fields, "kind": fields.get("kind") or "person", "child": child}


def holds(when: str, facts: Mapping[str, str]) -> bool:
    """Whether a question is asked."""
    for part in when.split("&") if when else ():
        name, _, wanted = part.partition("=")
        is_one = facts.get(name.rstrip("!"), "") in wanted.split("|")
        if is_one is name.endswith("!"):
            return False
    return True


def asked(facts: Mapping[str, str]) -> list[Question]:
    """The questions that are asked of these facts."""
    return [one for step in STEPS if holds(step.when, facts) for one in step.questions if holds(one.when, facts)]


def for_scripts() -> dict[str, Any]:
    """The same list for the form's script."""
    return {
        "childBands": sorted(CHILD_BANDS),
        "steps": [
            {"name": step.name, "when": step.when, "questions": [asdict(one) for one in step.questions]}
            for step in STEPS
        ],
    }
