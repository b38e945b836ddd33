"""The rule set: the policy file, validated, ready, and under a version that is a hash of what it says."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from events.vocabulary import Agency, CaseKind, RiskCategory, Urgency
from services.referral.conditions import Facts, ready, ready_fact
from services.referral.policy_file import Fault, PolicyFaultsError, PolicyFile, read
from services.referral.questions import Question
from services.referral.rule_faults import looks_at_other_rules, rule_faults
from services.referral.rule_table import Policy, Rule

POLICY = Path(__file__).parent / "policy" / "rules.yaml"


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A row of the table with its conditions as questions, each beside what follows if it holds."""

    written: Rule
    code: RiskCategory
    when: Question
    suppressed: tuple[tuple[Question, str], ...]
    also: tuple[tuple[Question | None, Agency], ...]
    raises: tuple[tuple[Question, Urgency], ...]
    child_rule: bool
    """Whether the child rule adds its agency."""

    @classmethod
    def of(cls, rule: Rule, policy: Policy, facts: Facts) -> "ReadyRule":
        """Makes a row ready."""
        return cls(
            written=rule,
            code=rule.code,
            when=ready(rule.when, facts),
            suppressed=tuple((ready(one.when, facts), one.reason) for one in rule.suppressed),
            also=tuple((None if one.when is None else ready(one.when, facts), one.agency) for one in rule.also),
            raises=tuple((ready(one.when, facts), one.to) for one in rule.raises),
            child_rule=rule.code not in policy.child_rule.exceptions,
        )


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A policy ready to be used. ``data`` is the same as plain JSON, for a browser or an archive."""

    policy: Policy
    data: Mapping[str, Any] = field(repr=False)
    version: str
    facts: Facts = field(repr=False)
    child_rule: Question = field(repr=False)
    rules: tuple[ReadyRule, ...] = field(repr=False)
    """In the order of the table."""
    in_reading_order: Mapping[CaseKind, tuple[ReadyRule, ...]] = field(repr=False)
    """Those for a kind of case; last the rules that look at other rules."""

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
        facts = {name: ready_fact(name, condition) for name, condition in policy.facts.items()}
        rules = tuple(ReadyRule.of(rule, policy, facts) for rule in policy.rules)
        order = sorted(rules, key=lambda rule: looks_at_other_rules(rule.written.when))
        return cls(
            policy=policy,
            data=file.data,
            version=f"{policy.version}-{content_hash(file.data)}",
            facts=facts,
            child_rule=ready(policy.child_rule.when, facts),
            rules=rules,
            in_reading_order={kind: tuple(one for one in order if kind in one.written.kinds) for kind in CaseKind},
        )


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


__all__ = ["POLICY", "PolicyFaultsError", "ReadyRule", "RuleSet", "load_rules"]
