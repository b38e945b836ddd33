"""The rule set: the policy file, validated, under a version that is a hash of what it says."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, StrictBool, StrictStr, ValidationError

from events.vocabulary import Agency, CaseKind, RiskCategory, Urgency
from services.referral.language import Condition, Part
from services.referral.policy_file import Fault, PolicyFaultsError, PolicyFile, read
from services.referral.rule_faults import looks_at_other_rules, rule_faults

POLICY = Path(__file__).parent / "policy" / "rules.yaml"

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


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A policy ready to be used. ``data`` is the same as plain JSON, for a browser or an archive."""

    policy: Policy
    data: Mapping[str, Any] = field(repr=False)
    version: str
    in_reading_order: tuple[Rule, ...] = field(repr=False)

    @classmethod
    def of(cls, file: PolicyFile) -> "RuleSet":
        """Validates and names it.

        Raises:
            PolicyFaultsError: with every fault of the first kind found: of shape, else of meaning.
        """
        try:
            policy = Policy.model_validate(file.data)
        except ValidationError as error:
            file.refuse(_of_shape(error))
            raise
        file.refuse(rule_faults(policy))
        order = sorted(policy.rules, key=lambda rule: looks_at_other_rules(rule.when))
        return cls(policy, file.data, f"{policy.version}-{content_hash(file.data)}", tuple(order))


def load_rules(path: Path | None = None) -> RuleSet:
    """Reads and validates the policy; the caller keeps it.

    Raises:
        PolicyFaultsError: it has faults, each told as ``file:line: what is wrong``.
    """
    return RuleSet.of(read(path or POLICY))


def content_hash(data: Any) -> str:
    """Twelve hex digits of what the policy says; comments and layout do not count."""
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _of_shape(error: ValidationError) -> list[Fault]:
    return [
        (fault["loc"], f"{fault['loc'][-1] if fault['loc'] else 'policy'}: {fault['msg']}")
        for fault in error.errors(include_url=False)
    ]


__all__ = ["POLICY", "Policy", "PolicyFaultsError", "Rule", "RuleSet", "load_rules"]
