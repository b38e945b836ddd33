"""The alert rules and dashboards as files, and whether a rule holds for a scrape: as much of PromQL as they need."""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any

import promql_parser
import yaml
from prometheus_client.samples import Sample

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
RUNBOOK = ROOT / "docs" / "guides" / "alarms.md"

Vector = list[tuple[Mapping[str, str], float]]
COMPARING: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


def rules() -> list[dict[str, Any]]:
    """Every rule, of alerts and of records."""
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """The rules of alerts, by name."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression of a rule and of a panel, and where it is."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]


def selectors(expression: Any) -> Iterator[Any]:
    """Every selector of series in a parsed expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
        return
    for name in ("lhs", "rhs", "expr", "vector_selector", "param"):
        inner = getattr(expression, name, None)
        if inner is not None and not isinstance(inner, str):
            yield from selectors(inner)
    for inner in getattr(expression, "args", None) or ():
        yield from selectors(inner)


def firing(name: str, scrape: Sequence[Sample]) -> Vector:
    """The series for which an alert's expression holds; how long it must hold is not looked at."""
    found = _value(promql_parser.parse(alerts()[name]["expr"]), scrape)
    assert isinstance(found, list)
    return found


def _value(expression: Any, scrape: Sequence[Sample]) -> Vector | float:
    match expression:
        case promql_parser.NumberLiteral():
            return float(expression.val)
        case promql_parser.VectorSelector():
            return _selected(expression, scrape)
        case promql_parser.Call() if expression.func.name == "time":
            return time()
        case promql_parser.Call() if expression.func.name == "absent":
            return [] if _value(expression.args[0], scrape) else [({}, 1.0)]
        case promql_parser.BinaryExpr():
            return _combined(expression, scrape)
    raise NotImplementedError(type(expression).__name__)


def _combined(expression: Any, scrape: Sequence[Sample]) -> Vector:
    left, right, sign = _value(expression.lhs, scrape), _value(expression.rhs, scrape), str(expression.op)
    if sign == "or":
        assert isinstance(left, list)
        assert isinstance(right, list)
        return [*left, *right]
    if sign == "-":
        return [(labels, one - two) for labels, one, two in _pairs(left, right)]
    return [(labels, one) for labels, one, two in _pairs(left, right) if COMPARING[sign](one, two)]


def _pairs(left: Vector | float, right: Vector | float) -> list[tuple[Mapping[str, str], float, float]]:
    if isinstance(left, list):
        assert isinstance(right, float)
        return [(labels, value, right) for labels, value in left]
    assert isinstance(right, list)
    return [(labels, left, value) for labels, value in right]


def _selected(selector: Any, scrape: Sequence[Sample]) -> Vector:
    return [
        (sample.labels, sample.value)
        for sample in scrape
        if sample.name == selector.name and all(_matches(each, sample) for each in selector.matchers.matchers)
    ]


def _matches(matcher: Any, sample: Sample) -> bool:
    value = sample.labels.get(matcher.name, "")
    if matcher.op == promql_parser.MatchOp.Re:
        return re.fullmatch(matcher.value, value) is not None
    assert matcher.op == promql_parser.MatchOp.Equal
    return bool(value == matcher.value)
