"""Why a case was routed as it was: which rule fired and where it led, and what decided each step of a referral. Pure.

An auditor sees no answer. A reason is told by what is clear: the category, the rule's condition and the *names* of the
answers that it looks at, the urgency, the basis, the receipt, the deadline. The same, asked the other way round, says
what would have changed it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded
from events.referral import (
    CaseAssessed,
    ConsentLapsed,
    LoopClosed,
    ReferralBlocked,
    ReferralDeclined,
    ReferralExpired,
    ReferralFact,
    ReferralFrozen,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
    ReferralRerouted,
    ReferralWithdrawn,
)
from events.vocabulary import Agency, Confirmation, RiskCategory, Urgency
from services.audit.explanations.policy import KeptDeadlines, KeptRule, KeptRules
from services.programme.conditions import Condition

RulesFor = Callable[[str], KeptRules | None]
"""The rule set of a version, as it was adopted; ``None``: its text is not there, or cannot be read."""
DeadlinesAt = Callable[[int], KeptDeadlines | None]
"""The deadlines in force at a position of the referral service's log."""


@dataclass(frozen=True, slots=True)
class Raise:
    """A condition that makes a rule's case more urgent, and whether it decided."""

    to: Urgency
    condition: Condition
    decided: bool | None
    """``None``: cannot be told from what is clear, because something else made the case as urgent."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An agency that a rule leads to, and on what condition besides the rule's own."""

    agency: Agency
    lead: bool
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule that fired; without ``rule`` its words are not known."""

    category: RiskCategory
    rule: KeptRule | None = None
    fields: tuple[str, ...] = ()
    raises: tuple[Raise, ...] = ()
    recipients: tuple[Recipient, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A rule that would have fired and was held back."""

    category: RiskCategory
    reason: str
    es: str | None = None
    en: str | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The rules were run on the case."""

    at: datetime
    rule_set: str
    known: bool
    """Whether the text of this very rule set was found."""
    lead: Agency | None
    fired: tuple[FiredRule, ...]
    held_back: tuple[HeldBack, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """One decision about a referral: the end of a text's key, its codes, and what would have changed it."""

    at: datetime
    what: str
    code: str | None = None
    """The code that decided: a basis, a reason for waiting, declining or withdrawing, an urgency."""
    otherwise: tuple[str, ...] = ()
    """Ends of keys: what would have made it go otherwise."""
    receipt: UUID | None = None
    agency: Agency | None = None
    conditions: tuple[tuple[Urgency, Condition], ...] = ()
    """Conditions of rules that would have made it more urgent."""
    held: tuple[tuple[Urgency, Condition], ...] = ()
    """Conditions of rules of which one, at least, made it as urgent as it was."""
    deadline: datetime | None = None
    usual: datetime | None = None
    """Of a deadline that was set earlier than its class's: what the class alone gives."""


@dataclass(slots=True)
class ReferralWhy:
    """The decisions about one referral."""

    referral: UUID
    agency: Agency
    rule_set: str
    urgency: Urgency
    decisions: list[Why] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a case was routed as it was."""

    assessments: tuple[Assessment, ...]
    referrals: tuple[ReferralWhy, ...]


@dataclass(frozen=True, slots=True)
class _Bound:
    """What the referrals of one assessment tell of how urgent a category was there."""

    least: Urgency
    """It was no more urgent than this: a referral is as urgent as its most urgent category."""
    exact: Urgency | None = None
    """Of a referral that has no other category."""


def explain(facts: Iterable[Recorded[Event]], rules_for: RulesFor, deadlines_at: DeadlinesAt) -> Explanation:
    """Explains what the facts of a case decided, in their order."""
    assessments: list[Assessment] = []
    referrals: dict[UUID, ReferralWhy] = {}
    everything = list(facts)
    for fact in everything:
        event = fact.event
        if isinstance(event, CaseAssessed):
            of_it = _bounds(one.event for one in everything if one.cause is not None and one.cause == fact.cause)
            assessments.append(_assessment(fact.recorded_at, event, rules_for(event.rule_set), of_it))
        elif isinstance(event, ReferralProposed):
            why = ReferralWhy(fact.stream, event.agency, event.rule_set, event.urgency)
            referrals[fact.stream] = why
            why.decisions.append(_proposed(fact.recorded_at, event, rules_for(event.rule_set)))
        elif isinstance(event, ReferralFact) and fact.stream in referrals:
            referrals[fact.stream].decisions += _decided(fact, event, rules_for, deadlines_at)
    return Explanation(tuple(assessments), tuple(referrals.values()))


def _bounds(events: Iterable[Event]) -> dict[RiskCategory, _Bound]:
    """By category: how urgent it was, as far as the referrals that the same assessment proposed or changed tell."""
    found: dict[RiskCategory, _Bound] = {}
    for event in events:
        if not isinstance(event, ReferralProposed | ReferralReassessed):
            continue
        first = isinstance(event, ReferralProposed) and event.follows is None and event.replaces is None
        alone = first and len(event.categories) == 1
        for category in event.categories:
            before = found.get(category, _Bound(event.urgency))
            exact = event.urgency if alone else before.exact
            found[category] = _Bound(max(before.least, event.urgency), exact)
    return found


def _assessment(
    at: datetime, event: CaseAssessed, rules: KeptRules | None, bounds: Mapping[RiskCategory, _Bound]
) -> Assessment:
    return Assessment(
        at=at,
        rule_set=event.rule_set,
        known=rules is not None,
        lead=event.lead,
        fired=tuple(_fired(code, rules, bounds.get(code)) for code in event.categories),
        held_back=tuple(_held_back(one.category, one.reason, rules) for one in event.suppressed),
    )


def _fired(code: RiskCategory, rules: KeptRules | None, bound: _Bound | None) -> FiredRule:
    rule = None if rules is None else rules.rule(code)
    if rules is None or rule is None:
        return FiredRule(code)
    recipients = [Recipient(rule.lead, lead=True)]
    recipients += [Recipient(one.agency, lead=False, condition=one.when) for one in rule.also]
    child = rules.child_rule
    if code not in child.exceptions and child.to not in {one.agency for one in recipients}:
        recipients.append(Recipient(child.to, lead=False, condition=child.when))
    raises = tuple(Raise(one.to, one.when, _decides(rule, one.to, bound)) for one in rule.raises)
    return FiredRule(code, rule, rules.fields(rule.when), raises, tuple(recipients))


def _decides(rule: KeptRule, to: Urgency, bound: _Bound | None) -> bool | None:
    """Whether a condition raised the case, as far as that follows from how urgent its referrals are."""
    if bound is None:
        return None
    if to < bound.least:
        return False
    alone = [one.to for one in rule.raises].count(to) == 1
    if bound.exact is not None and bound.exact != rule.urgency and alone:
        return to == bound.exact
    return False if bound.exact == rule.urgency else None


def _held_back(code: RiskCategory, reason: str, rules: KeptRules | None) -> HeldBack:
    rule = None if rules is None else rules.rule(code)
    found = next((one for one in rule.suppressed if one.reason == reason), None) if rule else None
    return HeldBack(code, reason) if found is None else HeldBack(code, reason, found.es, found.en)


def _proposed(at: datetime, event: ReferralProposed, rules: KeptRules | None) -> Why:
    if event.follows is not None or event.replaces is not None:
        what = "followed" if event.follows is not None else "replaced"
        return Why(at, what, event.urgency, agency=event.agency, conditions=_more_urgent(event, rules))
    base = _of_the_class(event.categories, rules)
    raised = base is not None and base > event.urgency
    return Why(
        at,
        "raised" if raised else "named",
        event.urgency,
        otherwise=("not_named",),
        agency=event.agency,
        held=_held(event, rules) if raised else (),
        conditions=_more_urgent(event, rules),
    )


def _of_the_class(categories: Sequence[RiskCategory], rules: KeptRules | None) -> Urgency | None:
    """The most urgent of the categories' own classes, before any condition raises one."""
    found = [rules.rule(code) for code in categories] if rules else []
    return min((one.urgency for one in found if one is not None), default=None)


def _held(event: ReferralProposed, rules: KeptRules | None) -> tuple[tuple[Urgency, Condition], ...]:
    """The conditions that can have raised it: those that lead to its very urgency."""
    return tuple(one for one in _raises(event.categories, rules) if one[0] == event.urgency)


def _more_urgent(
    event: ReferralProposed | ReferralReassessed, rules: KeptRules | None
) -> tuple[tuple[Urgency, Condition], ...]:
    """The conditions that would have made it more urgent: none of them held, and none before them in its rule."""
    found: list[tuple[Urgency, Condition]] = []
    for code in event.categories if rules else ():
        rule = rules.rule(code) if rules else None
        for one in rule.raises if rule else ():
            if one.to >= event.urgency:
                break  # it may have held, and then those after it were not looked at
            found.append((one.to, one.when))
    return tuple(found)


def _raises(categories: Sequence[RiskCategory], rules: KeptRules | None) -> list[tuple[Urgency, Condition]]:
    found = [rules.rule(code) for code in categories] if rules else []
    return [(one.to, one.when) for rule in found if rule is not None for one in rule.raises]


def _decided(fact: Recorded[Event], event: ReferralFact, rules_for: RulesFor, deadlines_at: DeadlinesAt) -> list[Why]:
    at = fact.recorded_at
    if isinstance(event, ReferralRequested):
        return [_sent(at, event), *_shortened(fact, event, deadlines_at(fact.position))]
    if isinstance(event, ReferralReassessed):
        more = _more_urgent(event, rules_for(event.rule_set))
        return [Why(at, "reassessed", event.urgency, ("reassessed",), agency=event.agency, conditions=more)]
    if isinstance(event, LoopClosed) and event.confirmation is not Confirmation.UNCONFIRMED:
        return []
    decided = _DECIDED.get(type(event))
    return [] if decided is None else [decided(at, event)]


_DECIDED: Mapping[type[Event], Callable[[datetime, Any], Why]] = {
    ReferralBlocked: lambda at, said: Why(at, "blocked", said.reason, (f"blocked.{said.reason}",), agency=said.agency),
    ReferralDeclined: lambda at, said: Why(at, "declined", said.reason, ("declined",), agency=said.agency),
    ReferralExpired: lambda at, said: Why(
        at, "expired", None, ("expired",), agency=said.agency, deadline=said.deadline
    ),
    ReferralRerouted: lambda at, said: Why(at, "rerouted", None, ("rerouted",), agency=said.to),
    ReferralWithdrawn: lambda at, said: Why(
        at, "withdrawn", said.reason, (f"withdrawn.{said.reason}",), receipt=said.receipt, agency=said.agency
    ),
    ConsentLapsed: lambda at, said: Why(
        at, "lapsed", None, ("lapsed",), receipt=said.receipt, agency=said.agency, deadline=said.renew_by
    ),
    ReferralFrozen: lambda at, said: Why(at, "frozen", None, ("frozen",), agency=said.agency, deadline=said.check_by),
    LoopClosed: lambda at, said: Why(at, "unconfirmed", None, ("unconfirmed",), agency=said.agency),
}
"""What is told of a decision by its fact alone."""


def _sent(at: datetime, event: ReferralRequested) -> Why:
    return Why(
        at,
        "sent_against" if event.refusal_shown else "sent",
        event.basis,
        (f"sent.{event.basis}",),
        receipt=event.receipt,
        agency=event.agency,
    )


def _shortened(fact: Recorded[Event], event: ReferralRequested, deadlines: KeptDeadlines | None) -> list[Why]:
    """Whether it had less time than its class gives: desk hours only lengthen that, so it follows from the times."""
    of_class = None if deadlines is None else deadlines.classes.get(event.urgency)
    if of_class is None or of_class.decide is None:
        return []
    usual, decide_by = fact.recorded_at + of_class.decide, event.deadlines.decide_by
    if decide_by >= usual:
        return []
    return [
        Why(
            fact.recorded_at,
            "shortened",
            None,
            ("shortened",),
            agency=event.agency,
            deadline=decide_by,
            usual=usual,
        )
    ]
