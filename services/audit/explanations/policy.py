"""The rules and deadlines that were in force, read from the policy files' texts as they were adopted (ADR 0043).

Only what an explanation says is read of them, and nothing is decided with it: a text that this version cannot read
leaves an explanation without the rules' words.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from events.vocabulary import Agency, RiskCategory, Urgency
from services.programme.conditions import Condition, Fact, Part
from services.programme.policy_file import PolicyFaultsError, parse

RULES, DEADLINES = "rules.yaml", "deadlines.yaml"
MOST_TEXTS = 100
"""Adoptions of a file that are looked back on, and kept as read; a programme changes its rules a few times a year."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True)


class KeptRaise(_Read):
    """A condition that makes a case more urgent."""

    to: Urgency
    when: Condition


class KeptSuppression(_Read):
    """A condition that holds a rule back."""

    reason: str
    es: str
    en: str
    when: Condition


class KeptRecipient(_Read):
    """One more agency that a rule leads to."""

    agency: Agency
    when: Condition | None = None


class KeptRule(_Read):
    """One rule as it was adopted."""

    code: RiskCategory
    es: str
    en: str
    when: Condition
    suppressed: tuple[KeptSuppression, ...] = ()
    lead: Agency
    also: tuple[KeptRecipient, ...] = ()
    urgency: Urgency
    raises: tuple[KeptRaise, ...] = ()


class KeptChildRule(_Read):
    """The one more agency of a child's case."""

    when: Condition
    to: Agency
    exceptions: tuple[RiskCategory, ...] = Field(alias="except", default=())


class KeptRules(_Read):
    """A rule set as it was adopted."""

    version: str
    facts: Mapping[str, Condition]
    child_rule: KeptChildRule
    rules: tuple[KeptRule, ...]

    def rule(self, code: RiskCategory) -> KeptRule | None:
        """The rule of a category."""
        return next((one for one in self.rules if one.code is code), None)

    def fields(self, condition: Condition) -> tuple[str, ...]:
        """The names of the answers that a condition looks at, each once, those of its facts too."""
        return tuple(dict.fromkeys(self._fields(condition)))

    def _fields(self, part: Any) -> Iterator[str]:
        if isinstance(part, Fact):
            yield from self._fields(self.facts.get(part.fact))
        elif isinstance(part, tuple):
            for one in part:
                yield from self._fields(one)
        elif isinstance(part, Part):
            some = getattr(part, "some", None)
            if isinstance(some, str):
                yield some  # what its elements are asked is a part of it
                return
            field = getattr(part, "field", None)
            if isinstance(field, str):
                yield field
            for name in type(part).model_fields:
                yield from self._fields(getattr(part, name))


class KeptClass(_Read):
    """A class of urgency in the deadlines; what is not said counts working days."""

    decide: timedelta | None = None


class KeptDeadlines(_Read):
    """The deadlines as they were adopted."""

    version: str
    classes: Mapping[Urgency, KeptClass]


@lru_cache(maxsize=MOST_TEXTS)
def rules_of(text: str) -> tuple[str, KeptRules] | None:
    """A rule set and the version by which facts name it; ``None``: this version cannot read the text."""
    try:
        file = parse(text.encode(), Path(RULES))
        kept = KeptRules.model_validate(file.data)
    except (PolicyFaultsError, ValidationError):
        return None
    return f"{kept.version}-{file.content_hash}", kept


@lru_cache(maxsize=MOST_TEXTS)
def deadlines_of(text: str) -> KeptDeadlines | None:
    """The deadlines of a text; ``None``: this version cannot read it."""
    try:
        return KeptDeadlines.model_validate(parse(text.encode(), Path(DEADLINES)).data)
    except (PolicyFaultsError, ValidationError):
        return None


def rules_named(version: str, texts: Sequence[str]) -> KeptRules | None:
    """The rule set that a fact names, of these texts, the oldest first. Most name the latest, which is read first."""
    for text in reversed(texts):
        found = rules_of(text)
        if found is not None and found[0] == version:
            return found[1]
    return None
