"""Changes every cell of the table in every way we can think of: some committed case must notice.

The cases are those written by hand, the sample day, and each answer and each pair of rules (``conftest.corpus``);
today's results are committed in ``tests/samples/routing-golden.txt``. After an intended change of the rules, rewrite
the file and read the difference: ``CANALIZA_WRITE_GOLDEN=1 pytest …``.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from events.vocabulary import Agency, CaseKind, RiskCategory, Urgency
from services.programme.policy_file import PolicyFaultsError, PolicyFile
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import Ground, assess
from services.referral.routing.fields import CODES, ELEMENTS, LISTS
from services.referral.routing.policy import RuleSet
from services.referral.routing.rule_table import AlwaysDisclosed

GOLDEN = Path(__file__).parents[3] / "samples" / "routing-golden.txt"
SHOWN = ("hospital", "emergency_number", "care_differs_at_72_and_120_hours")
DISCLOSED = AlwaysDisclosed.__args__  # type: ignore[attr-defined]
EVENT_PARTS = ("kind", "when")
FIRES_ALONE = {"GENERAL"}
"""Except PEAS, which never leads: no effect on other rules could be seen."""
NEVER_A_CHILDS = {"MUJER", "RETORNO", "MAYOR"}
Steps = tuple[Any, ...]
Cases = list[tuple[str, dict[str, Any]]]


def test_the_cases_give_what_was_committed(rules: RuleSet, all_cases: Cases) -> None:
    told = "".join(f"{name} | {_observed(made, rules)}\n" for name, made in all_cases)
    if os.environ.get("CANALIZA_WRITE_GOLDEN"):
        GOLDEN.write_text(told, encoding="utf-8")
    assert len({name for name, _ in all_cases}) == len(all_cases)
    assert told.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


@pytest.mark.search
@pytest.mark.slow
def test_every_mutation_of_a_cell_is_noticed(rules: RuleSet, all_cases: Cases) -> None:
    golden = dict(line.split(" | ", 1) for line in GOLDEN.read_text(encoding="utf-8").splitlines())
    survivors, tried = [], 0
    for name, data in _mutants(deepcopy(dict(rules.data))):
        tried += 1
        try:
            mutant = RuleSet.of(PolicyFile(Path("mutant"), data, {(): 0}))
        except PolicyFaultsError:
            continue
        if all(_observed(made, mutant) == golden[case] for case, made in _likely_first(name, all_cases, golden)):
            survivors.append(name)
    assert survivors == []
    assert tried > 2000


def _likely_first(name: str, cases: Cases, golden: dict[str, str]) -> Cases:
    """The cases written for the rule, then those in which it fired, then all others."""
    code = name.split(" ", 1)[0]
    return sorted(cases, key=lambda case: (not case[0].startswith(f"{code}:"), code not in golden[case[0]]))


def _observed(made: dict[str, Any], rules: RuleSet) -> str:
    """What is visible of a case: a line to read, and a digest of all the rest."""
    result = assess(made, rules, day_in_mexico(datetime.fromisoformat(made["occurred_at"])))
    whole = {
        "grounds": [[[*_ground(ground)] for ground in one.grounds] for one in result.proposals],
        "disclosed": [one.disclosed for one in result.proposals],
        "facts": [result.child, result.danger, *["feared"] * result.authority_feared, *result.show_first],
        "restricted": sorted(rules.policy.restricted.intersection(result.categories)),
    }
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:8]
    referrals = "; ".join(f"{one.agency} {one.urgency} {' '.join(one.categories)}" for one in result.proposals)
    held = "".join(f" [{one.category}: {one.reason}]" for one in result.suppressed)
    return f"{result.lead} | {referrals}{held} | {digest}"


def _ground(ground: Ground) -> Steps:
    return ground.rule, ground.urgency, ground.evidence, ground.raised_by


def _mutants(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each a whole policy with one cell changed; the same object, changed back afterwards."""
    for steps, mutations in _cells(data):
        where = _name(steps, data)
        for what, change in mutations:
            mutant = deepcopy(data)
            _set(mutant, steps, change(_get(mutant, steps)))
            yield f"{where}: {what}", mutant


Mutation = tuple[str, Callable[[Any], Any]]


def _cells(data: dict[str, Any]) -> Iterator[tuple[Steps, list[Mutation]]]:
    for name in data["facts"]:
        yield from _of_condition(data, ("facts", name))
    yield from _of_disclosure(data["discloses"], ("discloses",))
    yield from _of_disclosure(data["reports"]["PEAS"], ("reports", "PEAS"))
    yield ("reports",), [("dropped", lambda _: {})]
    yield ("restricted",), _list_changes(data["restricted"], tuple(RiskCategory))
    yield from _of_condition(data, ("child_rule", "when"))
    yield ("child_rule", "to"), _others(data["child_rule"]["to"], tuple(Agency))
    yield ("child_rule", "except"), _list_changes(data["child_rule"]["except"], _of_children(data))
    for at, (one, other) in enumerate(pairwise(data["rules"])):
        yield from _of_rule(data, ("rules", at))
        if one["lead"] != other["lead"] and _may_fire_together(one, other):
            yield ("rules",), [(f"{one['code']} after {other['code']}", _swapped(at))]
    yield from _of_rule(data, ("rules", len(data["rules"]) - 1))
    yield ("rules",), [(f"{rule['code']} dropped", _without(at)) for at, rule in enumerate(data["rules"])]


def _of_disclosure(told: dict[str, Any], steps: Steps) -> Iterator[tuple[Steps, list[Mutation]]]:
    yield (*steps, "always"), _list_changes(told["always"], DISCLOSED)
    yield (*steps, "of_a_harm_event"), _list_changes(told["of_a_harm_event"], EVENT_PARTS)


def _of_rule(data: dict[str, Any], steps: Steps) -> Iterator[tuple[Steps, list[Mutation]]]:
    rule = _get(data, steps)
    yield from _of_condition(data, (*steps, "when"))
    yield (*steps, "lead"), _others(rule["lead"], tuple(Agency))
    yield (*steps, "urgency"), _others(rule["urgency"], tuple(Urgency))
    if rule["code"] not in FIRES_ALONE:  # in a case of another kind another rule always fires
        yield (*steps, "kinds"), _list_changes(rule["kinds"], tuple(CaseKind))
    yield (*steps, "show_first"), _list_changes(rule.get("show_first", []), SHOWN)
    if "show_first_when" in rule:
        yield from _of_condition(data, (*steps, "show_first_when"))
        yield steps, [("shown always", lambda one: {**one, "show_first_when": {"all": []}})]
    if rule["code"] != "PEAS":
        yield steps, [("never leads", lambda one: {**one, "leads_case": False})]
    else:
        yield (*steps, "leads_case"), [("leads", lambda _: True)]
    yield (*steps, "also"), [*_drops(rule.get("also", []), at_index=True)]
    for at, also in enumerate(rule.get("also", [])):
        yield (*steps, "also", at, "agency"), _others(also["agency"], tuple(Agency))
        if "when" in also:
            yield from _of_condition(data, (*steps, "also", at, "when"))
            yield (*steps, "also", at), [("always", lambda one: {"agency": one["agency"]})]
    yield (*steps, "raises"), [*_drops(rule.get("raises", []), at_index=True)]
    for at, raised in enumerate(rule.get("raises", [])):
        yield (*steps, "raises", at, "to"), _others(raised["to"], tuple(Urgency))
        yield from _of_condition(data, (*steps, "raises", at, "when"))
        if at:
            yield (*steps, "raises"), [(f"{at} before {at - 1}", _swapped(at - 1))]
    yield (*steps, "suppressed"), [*_drops(rule.get("suppressed", []), at_index=True)]
    for at, _ in enumerate(rule.get("suppressed", [])):
        yield (*steps, "suppressed", at, "reason"), [("other reason", lambda one: f"{one}_not")]
        yield from _of_condition(data, (*steps, "suppressed", at, "when"))
        if at:
            yield (*steps, "suppressed"), [(f"{at} before {at - 1}", _swapped(at - 1))]


def _of_condition(
    data: dict[str, Any], steps: Steps, element_of: str | None = None
) -> Iterator[tuple[Steps, list[Mutation]]]:
    condition = _get(data, steps)
    yield steps, [("negated", lambda one: {"not": one})]
    fields = ELEMENTS[element_of] if element_of else {**CODES, **LISTS}
    match condition:
        case {"all": members} | {"any": members}:
            key, other = ("all", "any") if "all" in condition else ("any", "all")
            if members:
                yield (*steps, key), _drops(members, at_index=True)
            if len(members) > 1:
                yield steps, [(f"{key} made {other}", lambda one: {other: one[key]})]
            for at, _ in enumerate(members):
                yield from _of_condition(data, (*steps, key, at), element_of)
        case {"not": _}:
            yield from _of_condition(data, (*steps, "not"), element_of)
        case {"some": of}:
            yield from _of_condition(data, (*steps, "where"), of)
        case _:
            yield from _of_question(data, steps, fields)


def _of_question(
    data: dict[str, Any], steps: Steps, fields: Mapping[str, Any]
) -> Iterator[tuple[Steps, list[Mutation]]]:
    match _get(data, steps):
        case {"fact": fact}:
            yield (*steps, "fact"), _others(fact, ("child", "danger"))
        case {"fired": codes}:
            yield (*steps, "fired"), _list_changes(codes, _beside_others(data))
        case {"only_fired": codes}:
            yield (*steps, "only_fired"), _list_changes(codes, _beside_others(data))
        case {"working_days_since": _}:
            yield (*steps, "at_least"), _one_off()
        case {"field": field, **asked}:
            alike = tuple(one for one in fields if (one in LISTS) == (field in LISTS))
            yield (*steps, "field"), _others(field, alike)
            for key, value in asked.items():
                match key:
                    case "is":
                        yield (*steps, key), _others(value, fields[field])
                    case "in" | "contains_any":
                        yield (*steps, key), _list_changes(value, fields[field])
                    case "count_at_least":
                        yield (*steps, key), _one_off()


def _others(value: Any, known: tuple[Any, ...]) -> list[Mutation]:
    return [(f"{value} → {one}", _become(one)) for one in known if one != value]


def _list_changes(values: Any, known: tuple[Any, ...]) -> list[Mutation]:
    return [*_drops(values), *((f"and {one}", _joined_by(one)) for one in known if one not in values)]


def _drops(values: Any, *, at_index: bool = False) -> list[Mutation]:
    if at_index:
        return [(f"number {at} dropped", _without(at)) for at, _ in enumerate(values)]
    return [(f"without {value}", _without(at)) for at, value in enumerate(values)]


def _one_off() -> list[Mutation]:
    return [("one less", lambda number: number - 1), ("one more", lambda number: number + 1)]


def _become(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def _joined_by(value: Any) -> Callable[[Any], Any]:
    return lambda old: [*(old or ()), value]


def _without(at: int) -> Callable[[list[Any]], list[Any]]:
    return lambda old: [*old[:at], *old[at + 1 :]]


def _swapped(at: int) -> Callable[[list[Any]], list[Any]]:
    return lambda old: [*old[:at], old[at + 1], old[at], *old[at + 2 :]]


def _beside_others(data: dict[str, Any]) -> tuple[str, ...]:
    """The rules that can fire beside others in a person's case."""
    codes = [rule["code"] for rule in data["rules"] if "person" in rule["kinds"]]
    return tuple(code for code in codes if code not in FIRES_ALONE)


def _of_children(data: dict[str, Any]) -> tuple[str, ...]:
    """The rules that can fire for a child and do not lead to UNICEF by themselves."""
    leads = {rule["code"]: rule["lead"] for rule in data["rules"] if "person" in rule["kinds"]}
    return tuple(code for code, lead in leads.items() if lead != "UNICEF" and code not in NEVER_A_CHILDS)


def _may_fire_together(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one["kinds"] == other["kinds"] and not {one["code"], other["code"]} & {*FIRES_ALONE, "PEAS"}


def _get(data: Any, steps: Steps) -> Any:
    for step in steps:
        data = data.get(step) if isinstance(data, dict) else data[step]
    return data


def _set(data: Any, steps: Steps, value: Any) -> None:
    for step in steps[:-1]:
        data = data[step]
    data[steps[-1]] = value


def _name(steps: Steps, data: dict[str, Any]) -> str:
    if steps[0] == "rules" and len(steps) > 1:
        return f"{data['rules'][steps[1]]['code']} {'.'.join(map(str, steps[2:]))}"
    return ".".join(map(str, steps))
