"""Which rules and deadlines a replay decides by: those of the time, as they were adopted, or others."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from events.contract import Event, Recorded
from events.referral import PolicyKept
from services.programme.policy_file import PolicyFaultsError, PolicyFile, parse
from services.referral.deadlines.policy import Clocks
from services.referral.routing.policy import RuleSet
from services.referral.what_if.history import Moment

RULES, DEADLINES = "rules.yaml", "deadlines.yaml"
MAX_BYTES = 131_072
"""Of a file of rules or deadlines: the programme's own have 15,000."""
TOO_LARGE = "el archivo es demasiado grande · the file is too large"
Compiled = TypeVar("Compiled", RuleSet, Clocks)


class ByPolicy(Protocol):
    """The policies that one replay decides by."""

    def rules(self, moment: Moment) -> RuleSet | None:
        """The rules; ``None``: those of that time cannot be read any more."""

    def clocks(self, at: datetime) -> Clocks | None:
        """The deadlines, likewise."""


@dataclass(frozen=True, slots=True)
class AsThen:
    """The policies as they were adopted, by moment. ``by_version`` also finds rules that other processes still used."""

    rule_sets: Sequence[tuple[datetime, RuleSet]]
    deadlines: Sequence[tuple[datetime, Clocks]]
    by_version: Mapping[str, RuleSet] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Iterable[Recorded[Event]]) -> "AsThen":
        """From the texts that the log keeps, oldest first. A text that has a fault by today's checks is left out."""
        facts = [fact for fact in kept if isinstance(fact.event, PolicyKept)]
        rules = list(_compiled(facts, RULES, RuleSet.of))
        return cls(rules, list(_compiled(facts, DEADLINES, Clocks.from_file)), {one.version: one for _, one in rules})

    def rules(self, moment: Moment) -> RuleSet | None:
        """By the version that the assessment names, else those adopted last."""
        if moment.assessed is not None:
            return self.by_version.get(moment.assessed.event.rule_set)
        return _at(self.rule_sets, moment.at)

    def clocks(self, at: datetime) -> Clocks | None:
        """Those adopted last."""
        return _at(self.deadlines, at)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Other rules, or other deadlines, or both; what is not given is as it was."""

    then: ByPolicy
    other_rules: RuleSet | None = None
    other_clocks: Clocks | None = None

    def rules(self, moment: Moment) -> RuleSet | None:
        """The other rules, if there are any."""
        return self.other_rules or self.then.rules(moment)

    def clocks(self, at: datetime) -> Clocks | None:
        """The other deadlines, if there are any."""
        return self.other_clocks or self.then.clocks(at)


def rules_from(text: bytes, name: str = RULES) -> RuleSet:
    """Other rules from a text.

    Raises:
        PolicyFaultsError: it is too large or has faults, each with its line.
    """
    return RuleSet.of(_limited(text, name))


def clocks_from(text: bytes, name: str = DEADLINES) -> Clocks:
    """Other deadlines from a text.

    Raises:
        PolicyFaultsError: it is too large or has faults, each with its line.
    """
    return Clocks.from_file(_limited(text, name))


def named(clocks: Clocks, text: bytes) -> str:
    """Deadlines by version and hash of their content, as rule sets are named."""
    return f"{clocks.version}-{_limited(text, DEADLINES).content_hash}"


def _limited(text: bytes, name: str) -> PolicyFile:
    if len(text) > MAX_BYTES:
        raise PolicyFaultsError([f"{name}:1: {TOO_LARGE}"])
    return parse(text, Path(name))


def _compiled(
    facts: Sequence[Recorded[Any]], name: str, compile_: Callable[[PolicyFile], Compiled]
) -> Iterable[tuple[datetime, Compiled]]:
    for fact in facts:
        if fact.event.name == name:
            try:
                yield fact.recorded_at, compile_(parse(fact.event.text.encode(), Path(name)))
            except PolicyFaultsError:
                continue


def _at(adopted: Sequence[tuple[datetime, Compiled]], at: datetime) -> Compiled | None:
    """What was in force at a moment; before the first adoption, which the first cases may precede by a second, it."""
    if not adopted:
        return None
    index = bisect_right([moment for moment, _ in adopted], at)
    return adopted[max(0, index - 1)][1]
