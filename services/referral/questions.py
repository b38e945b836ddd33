"""Questions about single answers, and about other rules: what the conditions of a rule are made of.

Each is two functions, made once, when the rules are loaded; nobody looks again at how it was written. They are
two because most conditions do not hold, and only those that do owe an account of themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from events.vocabulary import RiskCategory
from services.referral.accounts import NOTHING, Inputs, told
from services.referral.language import (
    Code,
    ContainsAny,
    CountAtLeast,
    Fired,
    In,
    Is,
    NotEmpty,
    OnlyFired,
    WorkingDaysSince,
)
from services.referral.working_days import working_days_after

Answers = Mapping[str, Any]
"""Those of a case, or those about one element of a list, by the names that rules use."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question looks at: one case's answers, the day, and what is known of the case so far."""

    answers: Answers
    on: date
    fired: set[RiskCategory] = field(default_factory=set)
    known: dict[str, bool] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Facts of the policy that were looked at already."""


Holds = Callable[[Answers, Scope], bool]
"""Whether it is so. Beside the scope it is given the answers it is about, which may be those of an element."""

Tells = Callable[[Answers, Scope], Inputs]
"""The answers that made it so, or made it not so."""


@dataclass(frozen=True, slots=True)
class Question:
    """A condition that is ready. An answer that is missing equals nothing, so only its negation can hold."""

    holds: Holds
    inputs: Tells


def code_is(this: Is) -> Question:
    """Is the answer this code?"""
    name, code = this.field, this.code
    return _of_code(name, lambda answers, _: bool(answers.get(name) == code))


def code_in(this: In) -> Question:
    """Is it one of these?"""
    name, codes = this.field, this.codes
    return _of_code(name, lambda answers, _: answers.get(name) in codes)


def working_days_since(this: WorkingDaysSince) -> Question:
    """Was it so long ago?"""
    name, days = this.field, this.days

    def holds(answers: Answers, scope: Scope) -> bool:
        given = answers.get(name)
        if given is None or given == "unknown":
            return False
        return working_days_after(date.fromisoformat(given), scope.on) >= days

    return _of_code(name, holds)


def contains_any(this: ContainsAny) -> Question:
    """Does the list hold one of these codes? It tells only those."""
    name, codes = this.field, this.codes

    def holds(answers: Answers, _: Scope) -> bool:
        for one in answers.get(name) or ():  # noqa: SIM110 - a generator takes longer than what it asks
            if one in codes:
                return True
        return False

    return _of_list(name, holds, codes)


def not_empty(this: NotEmpty) -> Question:
    """Does the list hold anything?"""
    name = this.field
    return _of_list(name, lambda answers, _: bool(answers.get(name)))


def count_at_least(this: CountAtLeast) -> Question:
    """Does it hold so many different answers?"""
    name, count = this.field, this.count
    return _of_list(name, lambda answers, _: len(set(answers.get(name) or ())) >= count)


def fired(this: Fired) -> Question:
    """Did one of these rules fire?"""
    codes = this.fired
    return Question(lambda _, scope: not scope.fired.isdisjoint(codes), _tells_nothing)


def only_fired(this: OnlyFired) -> Question:
    """Did no other rule fire?"""
    codes = frozenset(this.only_fired)
    return Question(lambda _, scope: scope.fired <= codes, _tells_nothing)


def _of_code(name: str, holds: Holds) -> Question:
    return Question(holds, lambda answers, _: told(name, answers.get(name)))


def _of_list(name: str, holds: Holds, codes: tuple[Code, ...] | None = None) -> Question:
    def inputs(answers: Answers, _: Scope) -> Inputs:
        return told(name, [one for one in answers.get(name) or () if codes is None or one in codes])

    return Question(holds, inputs)


def _tells_nothing(_answers: Answers, _scope: Scope) -> Inputs:
    return NOTHING
