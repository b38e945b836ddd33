"""Compiles a condition of the policy into a predicate.

The evidence of a harm event contains its kind and time, never place or perpetrator.
"""

from collections.abc import Callable, Mapping
from typing import Any

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
from services.referral.routing import predicates
from services.referral.routing.evidence import Evidence, evidence_of, merge
from services.referral.routing.predicates import Answers, Evaluation, Predicate

ELEMENT_EVIDENCE = ("kind", "when")

Facts = Mapping[str, Predicate]


def compile_condition(condition: Condition, facts: Facts) -> Predicate:
    """The predicate of a condition, which may name these facts."""
    composed = _COMPOSED.get(type(condition))
    return composed(condition, facts) if composed else _SINGLE[type(condition)](condition)


def compile_fact(name: str, condition: Condition) -> Predicate:
    """The predicate of a named condition; evaluated once per case, since many rules use it."""
    fact = compile_condition(condition, {})

    def matches(_: Answers, evaluation: Evaluation) -> bool:
        found = evaluation.known_facts.get(name)
        if found is None:
            found = evaluation.known_facts[name] = fact.matches(evaluation.answers, evaluation)
        return found

    return Predicate(matches, fact.evidence)


def _all_or_any(this: All | AnyOf, facts: Facts) -> Predicate:
    """Evaluates members until one decides."""
    members = [compile_condition(one, facts) for one in this.members]
    deciders = [one.matches for one in members]
    deciding = isinstance(this, AnyOf)

    def matches(answers: Answers, evaluation: Evaluation) -> bool:
        for one in deciders:
            if one(answers, evaluation) is deciding:
                return deciding
        return not deciding

    def evidence(answers: Answers, evaluation: Evaluation) -> Evidence:
        outcome = matches(answers, evaluation)
        return merge(
            [one.evidence(answers, evaluation) for one in members if one.matches(answers, evaluation) is outcome]
        )

    return Predicate(matches, evidence)


def _not(this: Not, facts: Facts) -> Predicate:
    inner = compile_condition(this.condition, facts)
    matches = inner.matches
    return Predicate(lambda answers, evaluation: not matches(answers, evaluation), inner.evidence)


def _some(this: Some, facts: Facts) -> Predicate:
    name, where = this.some, compile_condition(this.where, facts).matches

    def matches(answers: Answers, evaluation: Evaluation) -> bool:
        for element in answers.get(name) or ():  # noqa: SIM110 - a generator takes longer than what it asks
            if where(element, evaluation):
                return True
        return False

    def evidence(answers: Answers, evaluation: Evaluation) -> Evidence:
        found = [one for one in answers.get(name) or () if where(one, evaluation)]
        return evidence_of(name, [{part: one.get(part) for part in ELEMENT_EVIDENCE} for one in found])

    return Predicate(matches, evidence)


_COMPOSED: Mapping[type[Any], Callable[[Any, Facts], Predicate]] = {
    All: _all_or_any,
    AnyOf: _all_or_any,
    Not: _not,
    Fact: lambda this, facts: facts[this.fact],
    Some: _some,
}
_SINGLE: Mapping[type[Any], Callable[[Any], Predicate]] = {
    Is: predicates.code_is,
    In: predicates.code_in,
    ContainsAny: predicates.contains_any,
    NotEmpty: predicates.not_empty,
    CountAtLeast: predicates.count_at_least,
    WorkingDaysSince: predicates.working_days_since,
    Fired: predicates.fired,
    OnlyFired: predicates.only_fired,
}
