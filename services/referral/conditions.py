"""Evaluates a condition: whether it holds, and the answers that made it so.

Two passes, because most conditions do not hold and only those that do owe an account of themselves.
Of a harm event the account gives kind and when, never where or by whom.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from events.vocabulary import RiskCategory
from services.referral.answers import answer
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
from services.referral.working_days import working_days_after

Inputs = dict[str, Any]
OF_AN_ELEMENT = ("kind", "when")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition looks at: one case's answers, what is known of it so far, and the day."""

    answers: Mapping[str, Any]
    on: date
    facts: Mapping[str, Condition]
    fired: AbstractSet[RiskCategory] = frozenset()
    known: dict[str, bool] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Facts that were looked at already: many rules rest on the same few."""


def evaluate(condition: Condition, scope: Scope) -> tuple[bool, Inputs]:
    """Whether it holds, and the answers that made it hold (none if it does not)."""
    return (True, inputs(condition, scope)) if holds(condition, scope) else (False, {})


def holds(condition: Condition, scope: Scope) -> bool:
    """Whether it holds. An answer that is missing equals nothing, so only its negation can hold."""
    return _HOLDS[type(condition)](condition, scope)


def inputs(condition: Condition, scope: Scope) -> Inputs:
    """The answers that made the condition what it is, true or false; merged where several did."""
    return _INPUTS[type(condition)](condition, scope)


def merged(parts: Iterable[Inputs]) -> Inputs:
    """One account out of several; lists are joined, and nothing is said twice."""
    whole: Inputs = {}
    for part in parts:
        for name, value in part.items():
            if isinstance(value, list):
                known = whole.setdefault(name, [])
                whole[name] = known + [
                    one for at, one in enumerate(value) if one not in known and one not in value[:at]
                ]
            else:
                whole[name] = value
    return whole


def _one(condition: Any, scope: Scope) -> Any:
    return answer(scope.answers, condition.field)


def _many(condition: Any, scope: Scope) -> Sequence[Any]:
    return answer(scope.answers, condition.field) or ()


def _elements(condition: Some, scope: Scope) -> Iterator[Mapping[str, Any]]:
    for element in scope.answers.get(condition.some) or ():
        if holds(condition.where, replace(scope, answers=element)):
            yield element


def _long_enough_ago(condition: WorkingDaysSince, scope: Scope) -> bool:
    given = _one(condition, scope)
    if given is None or given == "unknown":
        return False
    return working_days_after(date.fromisoformat(given), scope.on) >= condition.days


def _known(condition: Fact, scope: Scope) -> bool:
    found = scope.known.get(condition.fact)
    if found is None:
        found = scope.known[condition.fact] = holds(scope.facts[condition.fact], scope)
    return found


_HOLDS: dict[type[Any], Callable[[Any, Scope], bool]] = {
    All: lambda this, scope: all(holds(member, scope) for member in this.members),
    AnyOf: lambda this, scope: any(holds(member, scope) for member in this.members),
    Not: lambda this, scope: not holds(this.condition, scope),
    Fact: _known,
    Fired: lambda this, scope: not scope.fired.isdisjoint(this.fired),
    OnlyFired: lambda this, scope: scope.fired <= set(this.only_fired),
    Is: lambda this, scope: bool(_one(this, scope) == this.code),
    In: lambda this, scope: _one(this, scope) in this.codes,
    ContainsAny: lambda this, scope: any(given in this.codes for given in _many(this, scope)),
    NotEmpty: lambda this, scope: bool(_many(this, scope)),
    CountAtLeast: lambda this, scope: len(set(_many(this, scope))) >= this.count,
    Some: lambda this, scope: any(True for _ in _elements(this, scope)),
    WorkingDaysSince: _long_enough_ago,
}


def _of_members(condition: All | AnyOf, scope: Scope) -> Inputs:
    outcome = holds(condition, scope)
    return merged(inputs(one, scope) for one in condition.members if holds(one, scope) is outcome)


def _of_elements(condition: Some, scope: Scope) -> Inputs:
    found = _elements(condition, scope)
    return _given(condition.some, [{part: one.get(part) for part in OF_AN_ELEMENT} for one in found])


def _given(field: str, told: Any) -> Inputs:
    """What was answered; what was not asked, or holds nothing, made nothing true."""
    return {} if told is None or told == [] else merged([{field: told}])


_INPUTS: dict[type[Any], Callable[[Any, Scope], Inputs]] = {
    All: _of_members,
    AnyOf: _of_members,
    Not: lambda this, scope: inputs(this.condition, scope),
    Fact: lambda this, scope: inputs(scope.facts[this.fact], scope),
    Fired: lambda _this, _scope: {},
    OnlyFired: lambda _this, _scope: {},
    Is: lambda this, scope: _given(this.field, _one(this, scope)),
    In: lambda this, scope: _given(this.field, _one(this, scope)),
    ContainsAny: lambda this, scope: _given(this.field, [one for one in _many(this, scope) if one in this.codes]),
    NotEmpty: lambda this, scope: _given(this.field, list(_many(this, scope))),
    CountAtLeast: lambda this, scope: _given(this.field, list(_many(this, scope))),
    Some: _of_elements,
    WorkingDaysSince: lambda this, scope: _given(this.field, _one(this, scope)),
}
