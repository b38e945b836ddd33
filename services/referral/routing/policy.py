"""The rule set: the policy file, validated and compiled; its version contains a hash of the content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from events.vocabulary import Agency, CaseKind, ConsentPurpose, RiskCategory, Urgency
from services.programme.policy_file import PolicyFaultsError, PolicyFile, read
from services.referral.routing.compiler import Facts, compile_condition, compile_fact
from services.referral.routing.predicates import Predicate
from services.referral.routing.rule_table import Policy, Rule
from services.referral.routing.validation import looks_at_other_rules, rule_faults

POLICY = Path(__file__).parents[1] / "policy" / "rules.yaml"


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A row of the table with its conditions compiled, each with its consequence."""

    written: Rule
    code: RiskCategory
    when: Predicate
    suppressed: tuple[tuple[Predicate, str], ...]
    also: tuple[tuple[Predicate | None, Agency], ...]
    raises: tuple[tuple[Predicate, Urgency], ...]
    child_rule: bool
    """Whether the child rule adds its agency."""
    show_first_when: Predicate | None

    @classmethod
    def of(cls, rule: Rule, policy: Policy, facts: Facts) -> "CompiledRule":
        """Compiles a row."""
        return cls(
            written=rule,
            code=rule.code,
            when=compile_condition(rule.when, facts),
            suppressed=tuple((compile_condition(one.when, facts), one.reason) for one in rule.suppressed),
            also=tuple(
                (None if one.when is None else compile_condition(one.when, facts), one.agency) for one in rule.also
            ),
            raises=tuple((compile_condition(one.when, facts), one.to) for one in rule.raises),
            child_rule=rule.code not in policy.child_rule.exceptions,
            show_first_when=None if rule.show_first_when is None else compile_condition(rule.show_first_when, facts),
        )


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A compiled policy. ``data`` is the same as plain JSON, for a browser or an archive."""

    policy: Policy
    data: Mapping[str, Any] = field(repr=False)
    version: str
    facts: Facts = field(repr=False)
    child_rule: Predicate = field(repr=False)
    purposes: Mapping[ConsentPurpose, frozenset[RiskCategory]]
    """The categories that a consent covers, by its purpose."""
    rules: tuple[CompiledRule, ...] = field(repr=False)
    """In the order of the table."""
    in_evaluation_order: Mapping[CaseKind, tuple[CompiledRule, ...]] = field(repr=False)
    """The rules for each kind of case; rules that depend on other rules come last."""

    @classmethod
    def of(cls, file: PolicyFile) -> "RuleSet":
        """Validates and compiles the file.

        Raises:
            PolicyFaultsError: with every fault of shape or, if there is none, of meaning.
        """
        policy = file.validated(Policy, rule_faults)
        facts = {name: compile_fact(name, condition) for name, condition in policy.facts.items()}
        rules = tuple(CompiledRule.of(rule, policy, facts) for rule in policy.rules)
        order = sorted(rules, key=lambda rule: looks_at_other_rules(rule.written.when))
        return cls(
            policy=policy,
            data=file.data,
            version=f"{policy.version}-{file.content_hash}",
            facts=facts,
            child_rule=compile_condition(policy.child_rule.when, facts),
            purposes={purpose: policy.purposes.of(purpose) for purpose in ConsentPurpose},
            rules=rules,
            in_evaluation_order={kind: tuple(one for one in order if kind in one.written.kinds) for kind in CaseKind},
        )


def load_rules(path: Path | None = None) -> RuleSet:
    """Reads and validates the policy file (default: the programme's); not cached.

    Raises:
        PolicyFaultsError: it has faults, each given as ``file:line: what is wrong``.
    """
    return RuleSet.of(read(path or POLICY))


__all__ = ["POLICY", "CompiledRule", "PolicyFaultsError", "RuleSet", "load_rules"]
