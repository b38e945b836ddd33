"""The answers a rule may ask about. What is not here, no rule can use, however it is edited.

Left out on purpose: nationality (of ``country_origin`` only ``stateless`` may be asked), places, gender
in the person's own words, and everything else that is free text.
"""

from collections.abc import Mapping
from typing import Any

_FOUR = ("yes", "no", "unsure", "refused")
_THREE = ("yes", "no", "unsure")

CODES: Mapping[str, tuple[str | bool, ...]] = {
    "private": ("yes", "no"),
    "danger_now": _FOUR,
    "medical_now": _FOUR,
    "perpetrator_nearby": _THREE,
    "age_band": ("0-5", "6-11", "12-14", "15-17", "18-24", "25-59", "60+", "unknown"),
    "age_certainty": ("stated", "document", "estimated"),
    "could_be_under_18": _THREE,
    "accompaniment": ("alone", "parent_or_guardian", "other_relative", "unrelated_adult", "unknown"),
    "travelling": ("alone", "with_children", "with_partner", "with_group", "unknown"),
    "sex": ("F", "M", "X", "unknown"),
    "country_origin": ("stateless",),
    "interpreter_needed": (True, False),
    "fear_of_return": _FOUR,
    "removal_risk": _FOUR,
    "protection_status": ("none", "claimant", "refugee", "complementary"),
    "stateless": _FOUR,
    "pregnancy.pregnant": ("yes", "no", "unknown", "refused"),
    "pregnancy.danger_signs": (True, False),
    "lacks_aid_or_medicine": (True, False),
    "distress": ("none", "distress", "acute", "ideation", "plan"),
    "missing_relative": ("yes", "no"),
    "wants_return": _THREE,
    "planned_departure": ("today", "24h", "72h", "7d", "staying", "unknown"),
    "safe_contact": ("none", "shelter_only", "voice", "sms", "messaging", "do_not_contact"),
}
"""Answers that are one code."""

LISTS: Mapping[str, tuple[str, ...]] = {
    "trafficking_indicators": (
        "deceived_recruitment",
        "cannot_leave",
        "documents_held",
        "debt_bondage",
        "wages_withheld",
        "threats_to_family",
        "watched",
        "sexual_services",
        "isolated",
        "underage_work",
    ),
    "smuggling_indicators": (
        "paid_facilitator",
        "abandoned",
        "sealed_transport",
        "held_for_payment",
        "injured",
    ),
    "disability": ("seeing", "hearing", "walking", "remembering", "self_care", "communicating"),
    "self_declared": ("lgbtiq",),
    "work_abuse": ("unpaid", "confined", "injured", "child_work", "document_withheld"),
    "needs": (
        "legal",
        "health",
        "srh",
        "mhpss",
        "child_protection",
        "safe_accommodation",
        "family_tracing",
        "documents",
        "return",
        "livelihood",
        "food_nfi",
        "interpretation",
    ),
}
"""Answers that are a list of codes."""

ELEMENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "harm_events": {
        "kind": (
            "robbery",
            "extortion",
            "kidnapping",
            "assault",
            "sexual_violence",
            "gender_violence",
            "threats",
            "abandonment",
            "document_taken",
        ),
        "when": ("ongoing", "72h", "120h", "30d", "older"),
        "perpetrator": (
            "common_criminal",
            "organised_group",
            "authority",
            "employer",
            "family",
            "partner",
            "smuggler",
            "fellow_traveller",
            "shelter_or_aid_worker",
            "unknown",
        ),
    }
}
"""Answers that are a list of elements, each with codes of its own."""

DATES = ("entry_date",)
"""Answers that are a day, or ``unknown``."""


def answer(answers: Mapping[str, Any], field: str) -> Any:
    """The answer, ``None`` if it was not asked. ``pregnancy.pregnant`` is a part of an answer."""
    head, dot, part = field.partition(".")
    found = answers.get(head)
    if not dot:
        return found
    return found.get(part) if isinstance(found, Mapping) else None
