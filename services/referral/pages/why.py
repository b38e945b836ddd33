"""Why a referral came: its categories, and the rule behind each in words. Never the person's answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.vocabulary import RiskCategory
from services.referral.routing.glossary import Language
from services.referral.routing.policy import RuleSet
from services.referral.routing.queries import describe


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
            _unwrapped(describe(rule.written.when, spoken)),
        )
        for rule in rules.rules
        if rule.code in categories
    ]


def _unwrapped(words: str) -> str:
    """A condition without the brackets around the whole of it."""
    depth = 0
    for at, letter in enumerate(words):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return words[1:-1] if words[:1] == "(" and at == len(words) - 1 else words
    return words
