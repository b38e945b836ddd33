"""Who is told about a case: every rule that fires proposes its agencies, one referral per agency."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from events.vocabulary import Agency, CaseKind, RiskCategory, Urgency
from services.referral.conditions import Inputs, Scope, holds, inputs, merged
from services.referral.rules import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Ground:
    """One rule that led to an agency: how urgent it found the case, and the answers that decided it."""

    rule: RiskCategory
    urgency: Urgency
    inputs: Inputs
    raised_by: Inputs
    """What made it more urgent than its class. For the record; it is not disclosed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A referral the rules want, and what it would tell. Whether it may be sent, ``consent.py`` decides."""

    agency: Agency
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    grounds: tuple[Ground, ...]
    disclosed: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A rule that would have fired, and what had to come first."""

    category: RiskCategory
    reason: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules make of a case."""

    lead: Agency | None
    categories: tuple[RiskCategory, ...]
    proposals: tuple[Proposal, ...]
    suppressed: tuple[Suppressed, ...]
    rule_set: str
    child: bool
    danger: bool
    show_first: tuple[str, ...]
    """What the shelter sees before anything else: ``hospital``, ``emergency_number``."""

    def urgency_of(self, category: RiskCategory) -> Urgency | None:
        """How urgent one category is, whichever agency it led to; ``None`` if it did not fire."""
        grounds = (ground for proposal in self.proposals for ground in proposal.grounds)
        return next((ground.urgency for ground in grounds if ground.rule is category), None)


def scope_of(submission: Mapping[str, Any], rules: RuleSet, on: date) -> Scope:
    """What the conditions look at. ``on`` is the day of ``occurred_at`` in Mexico."""
    return Scope(answers=submission.get("screening", {}), on=on, facts=rules.policy.facts)


def fire(kind: CaseKind, scope: Scope, rules: RuleSet) -> tuple[Scope, tuple[Suppressed, ...]]:
    """The scope with what fired, and what did not because something else comes first."""
    suppressed: list[Suppressed] = []
    for rule in rules.in_reading_order:
        if kind not in rule.kinds or not holds(rule.when, scope):
            continue
        reason = next((one.reason for one in rule.suppressed if holds(one.when, scope)), None)
        if reason is None:
            scope = replace(scope, fired=scope.fired | {rule.code})
        else:
            suppressed.append(Suppressed(rule.code, reason))
    return scope, tuple(suppressed)


def assess(submission: Mapping[str, Any], rules: RuleSet, on: date) -> Assessment:
    """Applies every rule to a case.

    ``on`` is the day of ``occurred_at`` in Mexico: ``working_days.day_in_mexico`` tells it.
    """
    policy = rules.policy
    kind = CaseKind(submission.get("kind", CaseKind.PERSON))
    scope, suppressed = fire(kind, scope_of(submission, rules, on), rules)
    fired = [rule for rule in policy.rules if rule.code in scope.fired]
    grounds: dict[Agency, list[Ground]] = {}
    for rule in fired:
        for agency, ground in _grounds(rule, scope, rules):
            grounds.setdefault(agency, []).append(ground)
    return Assessment(
        lead=next((rule.lead for rule in fired if rule.leads_case), None),
        categories=tuple(sorted(scope.fired)),
        proposals=tuple(_proposal(agency, grounds[agency], submission, rules) for agency in sorted(grounds)),
        suppressed=suppressed,
        rule_set=rules.version,
        child=holds(policy.facts["child"], scope),
        danger=holds(policy.facts["danger"], scope),
        show_first=tuple(dict.fromkeys(first for rule in fired for first in rule.show_first)),
    )


def raised(rule: Rule, scope: Scope) -> tuple[Urgency, Inputs]:
    """The rule's urgency in this case, and the answers that raised it."""
    for one in rule.raises:
        if holds(one.when, scope):
            return one.to, inputs(one.when, scope)
    return rule.urgency, {}


def _grounds(rule: Rule, scope: Scope, rules: RuleSet) -> Iterator[tuple[Agency, Ground]]:
    """Each agency the rule leads to, once, with the answers that led to this very agency."""
    policy = rules.policy
    own = merged([inputs(rule.when, scope), *(inputs(one.when, scope) for one in rule.suppressed)])
    led_to: dict[Agency, Inputs] = {rule.lead: {}}
    for also in rule.also:
        if also.when is None or holds(also.when, scope):
            led_to.setdefault(also.agency, {} if also.when is None else inputs(also.when, scope))
    if rule.code not in policy.child_rule.exceptions and holds(policy.child_rule.when, scope):
        led_to.setdefault(policy.child_rule.to, inputs(policy.child_rule.when, scope))
    urgency, raised_by = raised(rule, scope)
    for agency, more in led_to.items():
        yield agency, Ground(rule.code, urgency, merged([own, more]), raised_by)


def _proposal(agency: Agency, found: list[Ground], submission: Mapping[str, Any], rules: RuleSet) -> Proposal:
    grounds = tuple(sorted(found, key=lambda ground: ground.rule))
    return Proposal(
        agency=agency,
        urgency=min(ground.urgency for ground in grounds),
        categories=tuple(ground.rule for ground in grounds),
        grounds=grounds,
        disclosed=_disclosed(agency, grounds, submission, rules),
    )


def _disclosed(
    agency: Agency, grounds: tuple[Ground, ...], submission: Mapping[str, Any], rules: RuleSet
) -> dict[str, Any]:
    """What is told unasked, then the answers that led here; of an allegation against staff only its class."""
    report = rules.policy.reports.get(agency)
    told = report or rules.policy.discloses
    known = {**submission.get("screening", {}), "shelter": submission.get("shelter")}
    always: dict[str, Any] = {name: known[name] for name in told.always if known.get(name) is not None}
    led_here = merged(ground.inputs for ground in grounds)
    events = led_here.pop("harm_events", [])
    parts = [{part: one[part] for part in told.of_a_harm_event} for one in events if told.of_a_harm_event]
    allegations = merged([{"harm_events": parts}]) if parts else {}
    return always | allegations if report else always | led_here | allegations
