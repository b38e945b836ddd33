"""Predicates on single answers and on other rules.

Each is two functions, made once when the rules are loaded: most conditions do not match, and only those that do need
evidence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from events.vocabulary import RiskCategory
from services.programme.conditions import (
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
from services.referral.deadlines.calendar import working_days_after
from services.referral.routing.evidence import EMPTY, Evidence, evidence_of

A_YEAR = 366

Answers = Mapping[str, Any]
"""The answers of a case, or of one element of a list, by the names that rules use."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The evaluation of one case: its answers, the day, and the rules that have fired so far."""

    answers: Answers
    on: date
    fired: set[RiskCategory] = field(default_factory=set)
    known_facts: dict[str, bool] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Facts of the policy that are evaluated already."""


Matches = Callable[[Answers, Evaluation], bool]
"""Whether the predicate matches. The answers are passed separately, since they may be those of an element."""

FindsEvidence = Callable[[Answers, Evaluation], Evidence]
"""The answers that made it match, or not match."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A compiled condition. A missing answer matches no code, so only a negated condition can be true."""

    matches: Matches
    evidence: FindsEvidence


def code_is(this: Is) -> Predicate:
    """The answer is this code."""
    name, code = this.field, this.code
    return _of_code(name, lambda answers, _: bool(answers.get(name) == code))


def code_in(this: In) -> Predicate:
    """The answer is one of these codes."""
    name, codes = this.field, this.codes
    return _of_code(name, lambda answers, _: answers.get(name) in codes)


def working_days_since(this: WorkingDaysSince) -> Predicate:
    """At least so many working days have passed since the answer."""
    name, days = this.field, this.days
    surely = timedelta(days=A_YEAR + 2 * days)  # so many days have more working days than that, whatever the holidays

    def matches(answers: Answers, evaluation: Evaluation) -> bool:
        given = answers.get(name)
        if given is None or given == "unknown":
            return False
        since = date.fromisoformat(given)
        if evaluation.on - since > surely:
            return True
        return working_days_after(since, evaluation.on) >= days

    return _of_code(name, matches)


def contains_any(this: ContainsAny) -> Predicate:
    """The list contains one of these codes; only those are evidence."""
    name, codes = this.field, this.codes

    def matches(answers: Answers, _: Evaluation) -> bool:
        for one in answers.get(name) or ():  # noqa: SIM110 - a generator takes longer than what it asks
            if one in codes:
                return True
        return False

    return _of_list(name, matches, codes)


def not_empty(this: NotEmpty) -> Predicate:
    """The list is not empty."""
    name = this.field
    return _of_list(name, lambda answers, _: bool(answers.get(name)))


def count_at_least(this: CountAtLeast) -> Predicate:
    """The list contains at least so many different answers."""
    name, count = this.field, this.count
    return _of_list(name, lambda answers, _: len(set(answers.get(name) or ())) >= count)


def fired(this: Fired) -> Predicate:
    """At least one of these rules fired."""
    codes = this.fired
    return Predicate(lambda _, evaluation: not evaluation.fired.isdisjoint(codes), _no_evidence)


def only_fired(this: OnlyFired) -> Predicate:
    """No other rule fired."""
    codes = frozenset(this.only_fired)
    return Predicate(lambda _, evaluation: evaluation.fired <= codes, _no_evidence)


def _of_code(name: str, matches: Matches) -> Predicate:
    return Predicate(matches, lambda answers, _: evidence_of(name, answers.get(name)))


def _of_list(name: str, matches: Matches, codes: tuple[Code, ...] | None = None) -> Predicate:
    def evidence(answers: Answers, _: Evaluation) -> Evidence:
        return evidence_of(name, [one for one in answers.get(name) or () if codes is None or one in codes])

    return Predicate(matches, evidence)


def _no_evidence(_answers: Answers, _scope: Evaluation) -> Evidence:
    return EMPTY
