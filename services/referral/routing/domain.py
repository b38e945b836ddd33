"""The agencies of a case: every rule that fires proposes its agencies, with one referral per agency."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from events.vocabulary import Agency, CaseKind, ConsentPurpose, RiskCategory, Urgency
from services.referral.routing.evidence import EMPTY, Evidence, merge, without_duplicates
from services.referral.routing.fields import by_name
from services.referral.routing.policy import CompiledRule, RuleSet
from services.referral.routing.predicates import Evaluation
from services.referral.routing.rule_table import Disclosure

AUTHORITY_FEARED = "authority_feared"
"""The fact that says so; a rule set of before has none."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A rule that led to an agency: the urgency it found, and the answers that decided it."""

    rule: RiskCategory
    urgency: Urgency
    evidence: Evidence
    raised_by: Evidence
    """The answers that raised the urgency; recorded, but not disclosed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A referral that the rules want, and what it would disclose. The consent rules decide whether it may be sent."""

    agency: Agency
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    grounds: tuple[Ground, ...]
    disclosed: dict[str, Any]
    always: Evidence
    """What is disclosed whatever fired."""
    shown: Disclosure
    """What this agency is shown of a case."""

    def within(self, categories: Collection[RiskCategory]) -> "Proposal":
        """The proposal on these categories alone: their urgency and their answers, as if no other had fired."""
        if set(self.categories) <= set(categories):
            return self
        grounds = tuple(ground for ground in self.grounds if ground.rule in categories)
        return replace(
            self,
            urgency=min(ground.urgency for ground in grounds),
            categories=tuple(ground.rule for ground in grounds),
            grounds=grounds,
            disclosed=self.always | _led_here(grounds, self.shown),
        )


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A rule that would have fired but for something that comes first, and the reason."""

    category: RiskCategory
    reason: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of the rules for one case."""

    lead: Agency | None
    categories: tuple[RiskCategory, ...]
    proposals: tuple[Proposal, ...]
    suppressed: tuple[Suppressed, ...]
    rule_set: str
    child: bool
    danger: bool
    show_first: tuple[str, ...]
    """What the shelter sees before anything else: ``hospital``, ``emergency_number`` and the like."""
    purposes: Mapping[ConsentPurpose, frozenset[RiskCategory]]
    """The categories that a consent covers, by its purpose."""
    authority_feared: bool = False
    """Whether an authority did harm, or the person may be returned: no authority is shown by default."""

    def urgency_of(self, category: RiskCategory) -> Urgency | None:
        """The urgency of one category, whichever agency it led to; ``None`` if it did not fire."""
        grounds = (ground for proposal in self.proposals for ground in proposal.grounds)
        return next((ground.urgency for ground in grounds if ground.rule is category), None)

    def on(
        self, categories: Collection[RiskCategory], agency: Agency, *, as_for: Sequence[Agency] = ()
    ) -> Proposal | None:
        """A proposal to an agency on these categories, whichever agencies the rules name for them.

        Each category's answers are those that led to the agency, or to the first of ``as_for`` that it leads to: an
        agency that replaces another learns no more. ``None``: none of the categories fires any more.
        """
        order = [agency, *as_for]
        proposals = sorted(
            self.proposals, key=lambda one: order.index(one.agency) if one.agency in order else len(order)
        )
        grounds: dict[RiskCategory, Ground] = {}
        for proposal in proposals:
            for ground in proposal.grounds:
                if ground.rule in categories:
                    grounds.setdefault(ground.rule, ground)
        if not grounds:
            return None
        found = tuple(grounds[rule] for rule in sorted(grounds))
        like = next(one for one in proposals if any(ground in one.grounds for ground in found))
        return replace(
            like,
            agency=agency,
            urgency=min(ground.urgency for ground in found),
            categories=tuple(ground.rule for ground in found),
            grounds=found,
            disclosed=like.always | _led_here(found, like.shown),
        )


def fire(submission: Mapping[str, Any], rules: RuleSet, on: date) -> tuple[Evaluation, tuple[Suppressed, ...]]:
    """Fires the rules for a case; also returns those that were suppressed.

    ``on`` is the day of ``occurred_at`` in Mexico.
    """
    kind = CaseKind(submission.get("kind", CaseKind.PERSON))
    evaluation = Evaluation(by_name(submission.get("screening", {})), on)
    suppressed: list[Suppressed] = []
    answers = evaluation.answers
    for rule in rules.in_evaluation_order[kind]:
        if not rule.when.matches(answers, evaluation):
            continue
        for when, reason in rule.suppressed:
            if when.matches(answers, evaluation):
                suppressed.append(Suppressed(rule.code, reason))
                break
        else:
            evaluation.fired.add(rule.code)
    return evaluation, tuple(suppressed)


def assess(submission: Mapping[str, Any], rules: RuleSet, on: date) -> Assessment:
    """Applies every rule to a case.

    ``on`` is the day of ``occurred_at`` in Mexico, see ``calendar.day_in_mexico``.
    """
    evaluation, suppressed = fire(submission, rules, on)
    fired = [rule for rule in rules.rules if rule.code in evaluation.fired]
    grounds: dict[Agency, list[Ground]] = {}
    for rule in fired:
        for agency, ground in _grounds(rule, evaluation, rules):
            grounds.setdefault(agency, []).append(ground)
    return Assessment(
        lead=next((rule.written.lead for rule in fired if rule.written.leads_case), None),
        categories=tuple(sorted(evaluation.fired)),
        proposals=tuple(_proposal(agency, grounds[agency], submission, rules) for agency in sorted(grounds)),
        suppressed=suppressed,
        rule_set=rules.version,
        child=rules.facts["child"].matches(evaluation.answers, evaluation),
        danger=rules.facts["danger"].matches(evaluation.answers, evaluation),
        show_first=tuple(dict.fromkeys(first for rule in fired for first in _shown_first(rule, evaluation))),
        purposes=rules.purposes,
        authority_feared=AUTHORITY_FEARED in rules.facts
        and rules.facts[AUTHORITY_FEARED].matches(evaluation.answers, evaluation),
    )


def _shown_first(rule: CompiledRule, evaluation: Evaluation) -> tuple[str, ...]:
    when = rule.show_first_when
    return rule.written.show_first if when is None or when.matches(evaluation.answers, evaluation) else ()


def raised(rule: CompiledRule, evaluation: Evaluation) -> tuple[Urgency, Evidence]:
    """The rule's urgency in this case, and the answers that raised it."""
    for when, urgency in rule.raises:
        if when.matches(evaluation.answers, evaluation):
            return urgency, when.evidence(evaluation.answers, evaluation)
    return rule.written.urgency, EMPTY


def _grounds(rule: CompiledRule, evaluation: Evaluation, rules: RuleSet) -> Iterator[tuple[Agency, Ground]]:
    """Each agency that the rule leads to, once, with the answers that led to this agency."""
    answers = evaluation.answers
    own = rule.when.evidence(answers, evaluation)
    if rule.suppressed:
        own = merge([own, *(when.evidence(answers, evaluation) for when, _ in rule.suppressed)])
    led_to: dict[Agency, Evidence] = {rule.written.lead: EMPTY}
    for when, agency in rule.also:
        if when is None or when.matches(answers, evaluation):
            led_to.setdefault(agency, EMPTY if when is None else when.evidence(answers, evaluation))
    if rule.child_rule and rules.child_rule.matches(answers, evaluation):
        led_to.setdefault(rules.policy.child_rule.to, rules.child_rule.evidence(answers, evaluation))
    urgency, raised_by = raised(rule, evaluation)
    by_itself = Ground(rule.code, urgency, own, raised_by)
    for agency, more in led_to.items():
        yield agency, Ground(rule.code, urgency, merge([own, more]), raised_by) if more else by_itself


def _proposal(agency: Agency, found: list[Ground], submission: Mapping[str, Any], rules: RuleSet) -> Proposal:
    grounds = tuple(sorted(found, key=lambda ground: ground.rule))
    shown = rules.policy.reports.get(agency) or rules.policy.discloses
    always = _always(shown, submission)
    return Proposal(
        agency=agency,
        urgency=min(ground.urgency for ground in grounds),
        categories=tuple(ground.rule for ground in grounds),
        grounds=grounds,
        disclosed=always | _led_here(grounds, shown, report=agency in rules.policy.reports),
        always=always,
        shown=shown,
    )


def _led_here(grounds: tuple[Ground, ...], shown: Disclosure, *, report: bool = False) -> Evidence:
    """The answers that led here; of an allegation against staff only its class."""
    led_here = merge([ground.evidence for ground in grounds])
    disclosed = {} if report else {name: value for name, value in led_here.items() if name != "harm_events"}
    if "harm_events" in led_here and shown.of_a_harm_event:
        parts = [{part: one[part] for part in shown.of_a_harm_event} for one in led_here["harm_events"]]
        disclosed["harm_events"] = without_duplicates(parts)
    return disclosed


def _always(shown: Disclosure, submission: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, and the shelter, that are always disclosed, as far as they were answered."""
    answers = submission.get("screening", {})
    given = {name: submission.get(name) if name == "shelter" else answers.get(name) for name in shown.always}
    return {name: value for name, value in given.items() if value is not None}
