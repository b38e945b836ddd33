"""Validates the meaning of a policy of the right shape: unknown names, missing rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.vocabulary import ConsentPurpose, RiskCategory
from services.programme.conditions import (
    All,
    AnyOf,
    Condition,
    ContainsAny,
    CountAtLeast,
    Fact,
    Fired,
    In,
    Is,
    Not,
    NotEmpty,
    OnlyFired,
    Some,
    WorkingDaysSince,
)
from services.referral.routing.fields import CODES, DATES, ELEMENTS, LISTS

if TYPE_CHECKING:
    from services.programme.policy_file import Fault, Location
    from services.referral.routing.rule_table import Policy, Purposes, Rule

NEEDED_FACTS = ("child", "danger")

_Names = Collection[str]
_OfAnAnswer = Is | In | ContainsAny | NotEmpty | CountAtLeast
_Fields = Mapping[str, tuple[str, ...]] | Mapping[str, tuple[str | bool, ...]]
_KEYS: Mapping[type[Any], str] = {Is: "is", In: "in", ContainsAny: "contains_any"}


@dataclass(frozen=True, slots=True)
class _View:
    """What a condition may refer to, at its place."""

    facts: _Names
    other_rules: bool = True
    element_of: str | None = None


def rule_faults(policy: Policy) -> Iterator[Fault]:
    """Every fault, and where it is."""
    for name in NEEDED_FACTS:
        if name not in policy.facts:
            yield ("facts",), f"the fact {name} is missing"
    for name, condition in policy.facts.items():
        yield from _within(condition, ("facts", name), _View((), other_rules=False))
    yield from _within(policy.child_rule.when, ("child_rule", "when"), _View(policy.facts))
    yield from _of_purposes(policy.purposes)
    written = [rule.code for rule in policy.rules]
    for code in RiskCategory:
        if code not in written:
            yield ("rules",), f"no rule for {code}"
    dependent = {rule.code for rule in policy.rules if looks_at_other_rules(rule.when)}
    for at, rule in enumerate(policy.rules):
        if rule.code in written[:at]:
            yield ("rules", at, "code"), f"a second rule for {rule.code}"
        yield from _of_rule(rule, ("rules", at), policy.facts, dependent)


def _of_purposes(purposes: Purposes) -> Iterator[Fault]:
    """Every purpose says what it covers, and every category is covered by one of them or stated to be by none."""
    covered: set[RiskCategory] = set()
    for purpose in ConsentPurpose:
        if purpose not in purposes.covers:
            yield ("purposes", "covers"), f"the purpose {purpose} is missing: it says which categories it covers"
            continue
        listed = purposes.covers[purpose]
        if listed == "all":
            covered |= set(RiskCategory) - set(purposes.by_none)
            continue
        covered |= set(listed)
        for at, code in enumerate(listed):
            if code in listed[:at]:
                yield ("purposes", "covers", purpose, at), f"{code} stands there twice"
    for at, code in enumerate(purposes.by_none):
        if code in covered:
            yield ("purposes", "by_none", at), f"{code} is covered by a purpose"
    for code in RiskCategory:
        if code not in covered and code not in purposes.by_none:
            yield ("purposes", "covers"), f"no purpose covers {code}: name it under by_none if that is meant"


def looks_at_other_rules(condition: Condition) -> bool:
    """Whether the condition depends on which other rules fired."""
    return bool(_rules_looked_at(condition))


def _of_rule(rule: Rule, place: Location, facts: Collection[str], dependent: set[RiskCategory]) -> Iterator[Fault]:
    yield from _within(rule.when, (*place, "when"), _View(facts))
    yield from _of_first_steps(rule, place, facts)
    for looked_at in sorted(_rules_looked_at(rule.when, rule.code) & dependent):
        yield (*place, "when"), f"{rule.code} looks at {looked_at}, which looks at other rules itself"
    for at, one in enumerate(rule.suppressed):
        yield from _within(one.when, (*place, "suppressed", at, "when"), _View(facts, other_rules=False))
    for at, also in enumerate(rule.also):
        if also.when is not None:
            yield from _within(also.when, (*place, "also", at, "when"), _View(facts))
    for at, raised in enumerate(rule.raises):
        yield from _within(raised.when, (*place, "raises", at, "when"), _View(facts))
        if raised.to >= rule.urgency:
            yield (*place, "raises", at, "to"), f"{raised.to} is no raise from {rule.urgency}"


def _of_first_steps(rule: Rule, place: Location, facts: Collection[str]) -> Iterator[Fault]:
    if rule.show_first_when is None:
        return
    yield from _within(rule.show_first_when, (*place, "show_first_when"), _View(facts))
    if not rule.show_first:
        yield (*place, "show_first_when"), f"{rule.code} shows nothing first"


def _within(condition: Condition, place: Location, view: _View) -> Iterator[Fault]:
    """The faults of a condition and of those inside it."""
    match condition:
        case All() | AnyOf():
            key = "all" if isinstance(condition, All) else "any"
            for at, member in enumerate(condition.members):
                yield from _within(member, (*place, key, at), view)
        case Not():
            yield from _within(condition.condition, (*place, "not"), view)
        case Some() if view.element_of is None and condition.some in ELEMENTS:
            yield from _within(condition.where, (*place, "where"), _View((), False, condition.some))
        case Some():
            yield (*place, "some"), f"{condition.some} is not a list of elements"
        case Fact() if condition.fact not in view.facts:
            yield (*place, "fact"), f"unknown fact {condition.fact}"
        case Fired() | OnlyFired() if not view.other_rules:
            yield place, "this cannot look at other rules"
        case WorkingDaysSince() if view.element_of or condition.field not in DATES:
            yield (*place, "working_days_since"), f"{condition.field} is not a date a rule may ask for"
        case Is() | In() | ContainsAny() | NotEmpty() | CountAtLeast():
            yield from _of_answer(condition, place, view)


def _of_answer(condition: _OfAnAnswer, place: Location, view: _View) -> Iterator[Fault]:
    if isinstance(condition, Is | In):
        fields: _Fields = ELEMENTS[view.element_of] if view.element_of else CODES
    else:
        fields = {} if view.element_of else LISTS
    if condition.field not in fields:
        what = "an answer" if isinstance(condition, Is | In) else "a list"
        yield (*place, "field"), f"{condition.field} is not {what} a rule may ask for"
        return
    codes = (condition.code,) if isinstance(condition, Is) else getattr(condition, "codes", ())
    for code in codes:
        if code not in fields[condition.field]:
            shown = str(code).lower() if isinstance(code, bool) else code
            yield (*place, _KEYS[type(condition)]), f"unknown code {shown} for {condition.field}"


def _rules_looked_at(condition: Condition, own: RiskCategory | None = None) -> set[RiskCategory]:
    """A rule that fires only if no other did does not depend on itself."""
    match condition:
        case All() | AnyOf():
            return {code for member in condition.members for code in _rules_looked_at(member, own)}
        case Not():
            return _rules_looked_at(condition.condition, own)
        case Fired():
            return set(condition.fired)
        case OnlyFired():
            return set(RiskCategory) - {*condition.only_fired, own}
        case _:
            return set()
