"""The table of rules as the policy file writes it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, StrictBool, StrictStr

from events.vocabulary import Agency, CaseKind, ConsentPurpose, RiskCategory, Urgency
from services.programme.conditions import Condition, Part

AlwaysDisclosed = Literal[
    "age_band", "sex", "language", "interpreter_needed", "shelter", "planned_departure", "safe_contact"
]
"""What a programme may disclose in every referral, at most."""

ShownFirst = Literal["hospital", "emergency_number", "care_differs_at_72_and_120_hours"]
"""First steps that a rule may show, before anything is referred."""


class AlsoTo(Part):
    """One more agency that a rule leads to, always or if the condition holds."""

    agency: Agency
    when: Condition | None = None


class Raise(Part):
    """A condition that makes the case more urgent than its class."""

    to: Urgency
    when: Condition


class Suppression(Part):
    """While this holds, the rule proposes nothing, for the reason given."""

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
    show_first: tuple[ShownFirst, ...] = ()
    show_first_when: Condition | None = None
    """It is shown only if this holds; ``None``: whenever the rule fires."""


class Disclosure(Part):
    """What is disclosed to a recipient besides the answers that made its rules fire."""

    always: tuple[AlwaysDisclosed, ...]
    of_a_harm_event: tuple[Literal["kind", "when"], ...]


class ChildRule(Part):
    """The one more agency that a child's case leads to, whatever fired."""

    when: Condition
    to: Agency
    exceptions: tuple[RiskCategory, ...] = Field(alias="except")


class Purposes(Part):
    """The categories that a consent covers, by the purpose it was given for (domain.md §5)."""

    covers: Mapping[ConsentPurpose, Literal["all"] | tuple[RiskCategory, ...]]
    by_none: tuple[RiskCategory, ...] = ()
    """Categories that no purpose covers, stated so that none is forgotten."""

    def of(self, purpose: ConsentPurpose) -> frozenset[RiskCategory]:
        """The categories that a consent for this purpose covers."""
        covered = self.covers[purpose]
        return frozenset(RiskCategory) - {*self.by_none} if covered == "all" else frozenset(covered)


_R = RiskCategory
BEFORE_THEY_WERE_WRITTEN = Purposes(
    covers={
        ConsentPurpose.PROTECTION: "all",
        ConsentPurpose.HEALTH: (_R.MED, _R.VSG, _R.SSR, _R.SM, _R.DISC, _R.MAYOR),
        ConsentPurpose.LEGAL: (
            *(_R.ASILO, _R.REFUG, _R.APATRIDA, _R.TRATA, _R.TRAFICO),
            *(_R.SECUESTRO, _R.DELITO, _R.ABUSO_AUT, _R.LABORAL, _R.DESAP),
        ),
        ConsentPurpose.RETURN: (_R.RETORNO,),
    }
)
"""What a rule set that was adopted before purposes were written in it is read with; never wider than the law."""


class Policy(Part):
    """The policy file."""

    version: StrictStr = Field(pattern=r"^\d{4}\.\d+$")
    facts: Mapping[str, Condition]
    discloses: Disclosure
    reports: Mapping[Agency, Disclosure]
    restricted: frozenset[RiskCategory]
    child_rule: ChildRule
    purposes: Purposes = BEFORE_THEY_WERE_WRITTEN
    rules: tuple[Rule, ...]
