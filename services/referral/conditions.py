"""Makes a condition of the policy ready to be asked of any case, however it is composed.

Of a harm event its account gives kind and when, never where or by whom.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.referral import questions
from services.referral.accounts import Inputs, merged, told
from services.referral.language import (
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
from services.referral.questions import Answers, Question, Scope

OF_AN_ELEMENT = ("kind", "when")

Facts = Mapping[str, Question]


def ready(condition: Condition, facts: Facts) -> Question:
    """The condition as a question, which may rest on these facts."""
    composed = _COMPOSED.get(type(condition))
    return composed(condition, facts) if composed else _SINGLE[type(condition)](condition)


def ready_fact(name: str, condition: Condition) -> Question:
    """A named condition, which is asked once a case: many rules rest on the same few."""
    fact = ready(condition, {})

    def holds(_: Answers, scope: Scope) -> bool:
        found = scope.known.get(name)
        if found is None:
            found = scope.known[name] = fact.holds(scope.answers, scope)
        return found

    return Question(holds, fact.inputs)


def _all_or_any(this: All | AnyOf, facts: Facts) -> Question:
    """Asks one member after another until one decides it."""
    members = [ready(one, facts) for one in this.members]
    asked = [one.holds for one in members]
    deciding = isinstance(this, AnyOf)

    def holds(answers: Answers, scope: Scope) -> bool:
        for one in asked:
            if one(answers, scope) is deciding:
                return deciding
        return not deciding

    def inputs(answers: Answers, scope: Scope) -> Inputs:
        outcome = holds(answers, scope)
        return merged([one.inputs(answers, scope) for one in members if one.holds(answers, scope) is outcome])

    return Question(holds, inputs)


def _not(this: Not, facts: Facts) -> Question:
    inner = ready(this.condition, facts)
    holds = inner.holds
    return Question(lambda answers, scope: not holds(answers, scope), inner.inputs)


def _some(this: Some, facts: Facts) -> Question:
    name, where = this.some, ready(this.where, facts).holds

    def holds(answers: Answers, scope: Scope) -> bool:
        for element in answers.get(name) or ():  # noqa: SIM110 - a generator takes longer than what it asks
            if where(element, scope):
                return True
        return False

    def inputs(answers: Answers, scope: Scope) -> Inputs:
        found = [one for one in answers.get(name) or () if where(one, scope)]
        return told(name, [{part: one.get(part) for part in OF_AN_ELEMENT} for one in found])

    return Question(holds, inputs)


_COMPOSED: Mapping[type[Any], Callable[[Any, Facts], Question]] = {
    All: _all_or_any,
    AnyOf: _all_or_any,
    Not: _not,
    Fact: lambda this, facts: facts[this.fact],
    Some: _some,
}
_SINGLE: Mapping[type[Any], Callable[[Any], Question]] = {
    Is: questions.code_is,
    In: questions.code_in,
    ContainsAny: questions.contains_any,
    NotEmpty: questions.not_empty,
    CountAtLeast: questions.count_at_least,
    WorkingDaysSince: questions.working_days_since,
    Fired: questions.fired,
    OnlyFired: questions.only_fired,
}
