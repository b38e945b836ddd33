"""Who is told about a case: every rule that fires proposes its agencies, one referral per agency."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from events.vocabulary import Agency, CaseKind, RiskCategory, Urgency
from services.referral.accounts import NOTHING, Inputs, each_once, merged
from services.referral.answers import by_name
from services.referral.questions import Scope
from services.referral.rule_table import Disclosure
from services.referral.rules import ReadyRule, RuleSet


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


def fire(submission: Mapping[str, Any], rules: RuleSet, on: date) -> tuple[Scope, tuple[Suppressed, ...]]:
    """The case with what fired, and what did not because something else comes first.

    ``on`` is the day of ``occurred_at`` in Mexico.
    """
    kind = CaseKind(submission.get("kind", CaseKind.PERSON))
    scope = Scope(by_name(submission.get("screening", {})), on)
    suppressed: list[Suppressed] = []
    answers = scope.answers
    for rule in rules.in_reading_order[kind]:
        if not rule.when.holds(answers, scope):
            continue
        for when, reason in rule.suppressed:
            if when.holds(answers, scope):
                suppressed.append(Suppressed(rule.code, reason))
                break
        else:
            scope.fired.add(rule.code)
    return scope, tuple(suppressed)


def assess(submission: Mapping[str, Any], rules: RuleSet, on: date) -> Assessment:
    """Applies every rule to a case.

    ``on`` is the day of ``occurred_at`` in Mexico: ``working_days.day_in_mexico`` tells it.
    """
    scope, suppressed = fire(submission, rules, on)
    fired = [rule for rule in rules.rules if rule.code in scope.fired]
    grounds: dict[Agency, list[Ground]] = {}
    for rule in fired:
        for agency, ground in _grounds(rule, scope, rules):
            grounds.setdefault(agency, []).append(ground)
    return Assessment(
        lead=next((rule.written.lead for rule in fired if rule.written.leads_case), None),
        categories=tuple(sorted(scope.fired)),
        proposals=tuple(_proposal(agency, grounds[agency], submission, rules) for agency in sorted(grounds)),
        suppressed=suppressed,
        rule_set=rules.version,
        child=rules.facts["child"].holds(scope.answers, scope),
        danger=rules.facts["danger"].holds(scope.answers, scope),
        show_first=tuple(dict.fromkeys(first for rule in fired for first in rule.written.show_first)),
    )


def raised(rule: ReadyRule, scope: Scope) -> tuple[Urgency, Inputs]:
    """The rule's urgency in this case, and the answers that raised it."""
    for when, urgency in rule.raises:
        if when.holds(scope.answers, scope):
            return urgency, when.inputs(scope.answers, scope)
    return rule.written.urgency, NOTHING


def _grounds(rule: ReadyRule, scope: Scope, rules: RuleSet) -> Iterator[tuple[Agency, Ground]]:
    """Each agency the rule leads to, once, with the answers that led to this very agency."""
    answers = scope.answers
    own = rule.when.inputs(answers, scope)
    if rule.suppressed:
        own = merged([own, *(when.inputs(answers, scope) for when, _ in rule.suppressed)])
    led_to: dict[Agency, Inputs] = {rule.written.lead: NOTHING}
    for when, agency in rule.also:
        if when is None or when.holds(answers, scope):
            led_to.setdefault(agency, NOTHING if when is None else when.inputs(answers, scope))
    if rule.child_rule and rules.child_rule.holds(answers, scope):
        led_to.setdefault(rules.policy.child_rule.to, rules.child_rule.inputs(answers, scope))
    urgency, raised_by = raised(rule, scope)
    by_itself = Ground(rule.code, urgency, own, raised_by)
    for agency, more in led_to.items():
        yield agency, Ground(rule.code, urgency, merged([own, more]), raised_by) if more else by_itself


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
    disclosed = _always(told, submission)
    led_here = merged([ground.inputs for ground in grounds])
    if not report:
        disclosed |= {name: value for name, value in led_here.items() if name != "harm_events"}
    if "harm_events" in led_here and told.of_a_harm_event:
        parts = [{part: one[part] for part in told.of_a_harm_event} for one in led_here["harm_events"]]
        disclosed["harm_events"] = each_once(parts)
    return disclosed


def _always(told: Disclosure, submission: Mapping[str, Any]) -> dict[str, Any]:
    """The shelter is not an answer; all else is, if it was asked."""
    answers = submission.get("screening", {})
    known = {name: submission.get(name) if name == "shelter" else answers.get(name) for name in told.always}
    return {name: value for name, value in known.items() if value is not None}
