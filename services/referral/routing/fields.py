"""The answers that a rule may use; no rule can use others, however it is edited.

Left out on purpose: nationality (of ``country_origin`` only ``stateless`` may be used), places, gender in the person's
own words, and all other free text.
"""

from collections.abc import Mapping
from typing import Any, get_args

from events import answers as answer_types

CODES: Mapping[str, tuple[str | bool, ...]] = {
    "private": get_args(answer_types.YesNo),
    "danger_now": get_args(answer_types.Answer),
    "medical_now": get_args(answer_types.Answer),
    "perpetrator_nearby": get_args(answer_types.YesNoUnsure),
    "age_band": get_args(answer_types.AgeBand),
    "age_certainty": get_args(answer_types.AgeCertainty),
    "could_be_under_18": get_args(answer_types.YesNoUnsure),
    "accompaniment": get_args(answer_types.Accompaniment),
    "travelling": get_args(answer_types.Travelling),
    "sex": get_args(answer_types.Sex),
    "country_origin": ("stateless",),
    "interpreter_needed": (True, False),
    "fear_of_return": get_args(answer_types.Answer),
    "removal_risk": get_args(answer_types.Answer),
    "protection_status": get_args(answer_types.ProtectionStatus),
    "stateless": get_args(answer_types.Answer),
    "pregnancy.pregnant": get_args(answer_types.Pregnant),
    "pregnancy.danger_signs": (True, False),
    "lacks_aid_or_medicine": (True, False),
    "distress": get_args(answer_types.Distress),
    "missing_relative": get_args(answer_types.YesNo),
    "wants_return": get_args(answer_types.YesNoUnsure),
    "planned_departure": get_args(answer_types.Departure),
    "safe_contact": get_args(answer_types.SafeContact),
}
"""Answers that are one code."""

LISTS: Mapping[str, tuple[str, ...]] = {
    "trafficking_indicators": get_args(answer_types.TraffickingIndicator),
    "smuggling_indicators": get_args(answer_types.SmugglingIndicator),
    "disability": get_args(answer_types.Functioning),
    "self_declared": get_args(answer_types.SelfDeclared),
    "work_abuse": get_args(answer_types.WorkAbuse),
    "needs": get_args(answer_types.Need),
}
"""Answers that are a list of codes."""

ELEMENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "harm_events": {
        "kind": get_args(answer_types.HarmKind),
        "when": get_args(answer_types.HarmTime),
        "perpetrator": get_args(answer_types.Perpetrator),
    }
}
"""Answers that are a list of elements, each with its own codes."""

DATES = ("entry_date",)
"""Answers that are a date, or ``unknown``."""


def by_name(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answers by the names that rules use: adds parts of an answer, as ``pregnancy.pregnant``."""
    for head in _IN_PARTS:
        found = answers.get(head)
        if isinstance(found, Mapping):
            answers = {**answers, **{f"{head}.{part}": value for part, value in found.items()}}
    return answers


_IN_PARTS = {name.partition(".")[0] for name in CODES if "." in name}
