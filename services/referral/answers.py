"""The answers a rule may ask about. What is not here, no rule can use, however it is edited.

Left out on purpose: nationality (of ``country_origin`` only ``stateless`` may be asked), places, gender
in the person's own words, and everything else that is free text.
"""

from collections.abc import Mapping
from typing import Any, get_args

from events import answers as asked

CODES: Mapping[str, tuple[str | bool, ...]] = {
    "private": get_args(asked.YesNo),
    "danger_now": get_args(asked.Answer),
    "medical_now": get_args(asked.Answer),
    "perpetrator_nearby": get_args(asked.YesNoUnsure),
    "age_band": get_args(asked.AgeBand),
    "age_certainty": get_args(asked.AgeCertainty),
    "could_be_under_18": get_args(asked.YesNoUnsure),
    "accompaniment": get_args(asked.Accompaniment),
    "travelling": get_args(asked.Travelling),
    "sex": get_args(asked.Sex),
    "country_origin": ("stateless",),
    "interpreter_needed": (True, False),
    "fear_of_return": get_args(asked.Answer),
    "removal_risk": get_args(asked.Answer),
    "protection_status": get_args(asked.ProtectionStatus),
    "stateless": get_args(asked.Answer),
    "pregnancy.pregnant": get_args(asked.Pregnant),
    "pregnancy.danger_signs": (True, False),
    "lacks_aid_or_medicine": (True, False),
    "distress": get_args(asked.Distress),
    "missing_relative": get_args(asked.YesNo),
    "wants_return": get_args(asked.YesNoUnsure),
    "planned_departure": get_args(asked.Departure),
    "safe_contact": get_args(asked.SafeContact),
}
"""Answers that are one code."""

LISTS: Mapping[str, tuple[str, ...]] = {
    "trafficking_indicators": get_args(asked.TraffickingIndicator),
    "smuggling_indicators": get_args(asked.SmugglingIndicator),
    "disability": get_args(asked.Functioning),
    "self_declared": get_args(asked.SelfDeclared),
    "work_abuse": get_args(asked.WorkAbuse),
    "needs": get_args(asked.Need),
}
"""Answers that are a list of codes."""

ELEMENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "harm_events": {
        "kind": get_args(asked.HarmKind),
        "when": get_args(asked.HarmTime),
        "perpetrator": get_args(asked.Perpetrator),
    }
}
"""Answers that are a list of elements, each with codes of its own."""

DATES = ("entry_date",)
"""Answers that are a day, or ``unknown``."""


def by_name(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answers by the names that rules use: a part of an answer beside the whole, as ``pregnancy.pregnant``."""
    for head in _IN_PARTS:
        found = answers.get(head)
        if isinstance(found, Mapping):
            answers = {**answers, **{f"{head}.{part}": value for part, value in found.items()}}
    return answers


_IN_PARTS = {name.partition(".")[0] for name in CODES if "." in name}
