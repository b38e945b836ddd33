"""The table of rules as it is written in the policy file: what each says, and to whom it leads."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, StrictBool, StrictStr

from events.vocabulary import Agency, CaseKind, RiskCategory, Urgency
from services.referral.language import Condition, Part

AlwaysDisclosed = Literal[
    "age_band", "sex", "language", "interpreter_needed", "shelter", "planned_departure", "safe_contact"
]
"""A programme may disclose less than this unasked, never more."""


class AlsoTo(Part):
    """One more agency a rule leads to, always or when the condition holds."""

    agency: Agency
    when: Condition | None = None


class Raise(Part):
    """A condition that makes the case more urgent than its class."""

    to: Urgency
    when: Condition


class Suppression(Part):
    """What comes first: while it holds the rule proposes nothing, and says why."""

    reason: StrictStr
    es: StrictStr
    en: StrictStr
    when: Condition


class Rule(Part):
    """One row of the table."""

    code: RiskCategory
    es: StrictStr
    en: StrictStr
    kinds: tuple[CaseKind, ...] = Field(min_length=1)
    when: Condition
    suppressed: tuple[Suppression, ...] = ()
    lead: Agency
    leads_case: StrictBool = True
    also: tuple[AlsoTo, ...] = ()
    urgency: Urgency
    raises: tuple[Raise, ...] = ()
    show_first: tuple[Literal["hospital", "emergency_number"], ...] = ()


class Disclosure(Part):
    """What a recipient is told beside the answers that made its rules fire."""

    always: tuple[AlwaysDisclosed, ...]
    of_a_harm_event: tuple[Literal["kind", "when"], ...]


class ChildRule(Part):
    """What leads a child's case to one more agency, whatever fired."""

    when: Condition
    to: Agency
    exceptions: tuple[RiskCategory, ...] = Field(alias="except")


class Policy(Part):
    """The whole file."""

    version: StrictStr = Field(pattern=r"^\d{4}\.\d+$")
    facts: Mapping[str, Condition]
    discloses: Disclosure
    reports: Mapping[Agency, Disclosure]
    restricted: frozenset[RiskCategory]
    child_rule: ChildRule
    rules: tuple[Rule, ...]
