"""The rules, the cases written by hand, and systematically generated cases."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import Assessment, assess
from services.referral.routing.fields import CODES, ELEMENTS, LISTS
from services.referral.routing.policy import RuleSet, load_rules
from tests.support.system.system import sample_day

SAMPLES = Path(__file__).parents[2] / "samples"
Submission = dict[str, Any]

NOTHING_ANSWERED = {
    "danger_now": "no",
    "medical_now": "no",
    "age_band": "25-59",
    "age_certainty": "stated",
    "sex": "M",
    "language": "es",
    "fear_of_return": "no",
    "planned_departure": "24h",
    "safe_contact": "none",
    "needs": [],
}
WOMAN_ALONE_IN_NEED = {"sex": "F", "travelling": "alone", "needs": ["legal"]}
CHILD_IN_FAMILY = {"age_band": "12-14", "accompaniment": "parent_or_guardian"}


@dataclass(frozen=True)
class Case:
    """A case written by hand, and what one rule must find in it."""

    rule: str
    it: str
    submission: Submission
    gives: str
    lead: str | None


def submission(
    given: Mapping[str, Any] | None = None,
    *,
    harm: tuple[str, ...] = (),
    kind: str = "person",
    occurred_at: str = "2013-06-12T12:00:00-05:00",
) -> Submission:
    screening: dict[str, Any] = {
        **(NOTHING_ANSWERED if kind == "person" else {"danger_now": "no"}),
        **(given or {}),
    }
    if harm:
        parts = ("kind", "when", "perpetrator")
        screening["harm_events"] = [dict(zip(parts, one.split(), strict=False)) for one in harm]
    return {"kind": kind, "shelter": "ALB-TAP-01", "occurred_at": occurred_at, "screening": screening}


def hand_written() -> list[Case]:
    text = (SAMPLES / "routing-cases.yaml").read_text(encoding="utf-8")
    table = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but strings
    return [_case(rule, row) for rule, rows in table.items() for row in rows]


def _case(rule: str, row: dict[str, Any]) -> Case:
    given = {field: _value(value) for field, value in row.get("given", {}).items()}
    more = {key: row[key] for key in ("kind", "occurred_at") if key in row}
    made = submission(given, harm=tuple(row.get("harm", ())), **more)
    return Case(rule, row["it"], made, row["gives"], row.get("lead"))


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _value(one) for key, one in value.items()}
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def assess_by_its_own_day(made: Submission, rules: RuleSet) -> Assessment:
    return assess(made, rules, day_in_mexico(datetime.fromisoformat(made["occurred_at"])))


def corpus() -> Iterator[tuple[str, Submission]]:
    """Every case that the rules are tested with, by a stable name."""
    cases = hand_written()
    for case in cases:
        yield f"{case.rule}: {case.it}", case.submission
    for line, made in enumerate(sample_day(), start=1):
        yield f"sample day, line {line}", made
    for name, answers in _one_answer_each():
        yield f"adult: {name}", submission(answers)
        yield f"child in family: {name}", submission({**CHILD_IN_FAMILY, **answers})
        yield f"refugee: {name}", submission({"protection_status": "refugee", **answers})
        yield f"woman alone in need: {name}", submission({**WOMAN_ALONE_IN_NEED, **answers})
    for one, other in permutations(ELEMENTS["harm_events"]["kind"], 2):
        yield f"old {one}, {other} within 72 hours", submission(harm=(f"{one} older", f"{other} 72h"))
    for perpetrator in ELEMENTS["harm_events"]["perpetrator"]:
        unknown_to_the_rules = (f"unlisted older {perpetrator}",)
        yield f"other harm by {perpetrator}", submission(harm=unknown_to_the_rules)
        yield (
            f"other harm by {perpetrator}, in need",
            submission({"needs": ["legal"]}, harm=unknown_to_the_rules),
        )
    firing = {case.rule: case.submission for case in reversed(cases) if case.gives[-2:-1] == "U"}
    for code, made in firing.items():
        for kind in ("person", "community_incident", "shelter_threat"):
            yield f"{code} as {kind}", {**made, "kind": kind}
        yield f"{code} of a child", _both(made, submission(CHILD_IN_FAMILY))
    for one, other in combinations(sorted(firing), 2):
        yield f"{one} and {other}", _both(firing[one], firing[other])


def _one_answer_each() -> Iterator[tuple[str, dict[str, Any]]]:
    for field, codes in {**CODES, **LISTS}.items():
        head, _, part = field.partition(".")
        for code in codes:
            value = [code] if field in LISTS else code
            yield f"{field} {code}", {head: {part: value}} if part else {head: value}
    for kind in ELEMENTS["harm_events"]["kind"]:
        for when in ELEMENTS["harm_events"]["when"]:
            yield f"{kind} {when}", {"harm_events": [{"kind": kind, "when": when}]}
    for perpetrator in ELEMENTS["harm_events"]["perpetrator"]:
        event = {"kind": "threats", "when": "older", "perpetrator": perpetrator}
        yield f"harm by {perpetrator}", {"harm_events": [event]}


def _both(one: Submission, other: Submission) -> Submission:
    """The answers of two cases together; answers that differ from the default are kept, lists are joined."""
    answers = dict(one["screening"])
    for field, value in other["screening"].items():
        if isinstance(value, list):
            answers[field] = [*answers.get(field, []), *value]
        elif value != NOTHING_ANSWERED.get(field):
            answers[field] = value
    kinds = {one["kind"], other["kind"]} - {"person"}
    return {**one, "kind": min(kinds, default="person"), "screening": answers}


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return load_rules()


@pytest.fixture(scope="session")
def all_cases() -> list[tuple[str, Submission]]:
    return list(corpus())


@pytest.fixture(scope="session")
def all_hand_written() -> list[Case]:
    return hand_written()


@pytest.fixture(scope="session")
def case_of() -> Callable[..., Submission]:
    return submission


@pytest.fixture(scope="session")
def assessed(rules: RuleSet) -> Callable[..., Assessment]:
    return lambda *args, **kwargs: assess_by_its_own_day(submission(*args, **kwargs), rules)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "hand_written_case" in metafunc.fixturenames:
        cases = hand_written()
        metafunc.parametrize("hand_written_case", cases, ids=[f"{case.rule}: {case.it}" for case in cases])
