"""Why a referral came: its categories, and the rule behind each in words. Never the person's answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.vocabulary import RiskCategory
from services.programme.condition_words import Language, describe, unwrapped
from services.referral.routing.policy import RuleSet


@dataclass(frozen=True, slots=True)
class Reason:
    """One category."""

    category: RiskCategory
    name: str
    rule: str
    """When the rule of today fires."""


def reasons(categories: Sequence[RiskCategory], rules: RuleSet, language: str) -> list[Reason]:
    """The reasons, in the order of the rules."""
    spoken: Language = "en" if language == "en" else "es"
    return [
        Reason(
            rule.code,
            rule.written.en if spoken == "en" else rule.written.es,
            unwrapped(describe(rule.written.when, spoken)),
        )
        for rule in rules.rules
        if rule.code in categories
    ]
