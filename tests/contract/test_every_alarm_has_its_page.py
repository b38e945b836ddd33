"""The alert rules, the pages of the guide and the dashboards belong together, and look at what health looks at."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import promql_parser
import pytest
from prometheus_client import CollectorRegistry

import services
from services.chassis.runtime.words import CODES
from services.chassis.telemetry.gauges import Gauge
from services.chassis.telemetry.instruments import Instruments
from tests.support.rules import DASHBOARDS, RUNBOOK, alerts, expressions, rules, selectors

PARTS = ("Qué significa", "A quién daña", "Qué mirar", "Qué hacer", "Cuándo termina")
PARTS_IN_ENGLISH = ("What it means", "Who is harmed", "What to look at", "What to do", "When it ends")
EXPRESSIONS = dict(expressions())


def pages() -> dict[str, str]:
    """The text of each page, by its heading."""
    _, *sections = re.split(r"^## ", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {section.partition("\n")[0]: section for section in sections}


def test_every_alarm_has_a_page_and_every_page_an_alarm() -> None:
    assert list(pages()) == list(alerts())


@pytest.mark.parametrize("name", alerts())
def test_an_alarm_says_in_both_languages_what_it_is_and_leads_to_its_page(name: str) -> None:
    rule = alerts()[name]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert re.fullmatch(r"\d+[smh]", rule["for"])
    said = rule["annotations"]
    assert said.keys() == {"summary", "description", "runbook"}
    assert said["runbook"] == f"docs/guides/alarms.md#{name.lower()}"
    for text in (said["summary"], said["description"]):
        spanish, _, english = text.partition(" · ")
        assert spanish
        assert english


@pytest.mark.parametrize("name", alerts())
def test_a_page_says_what_it_means_who_is_harmed_and_what_to_do(name: str) -> None:
    page = pages()[name]
    places = [page.find(f"- *{part}:* ") for part in (*PARTS, *PARTS_IN_ENGLISH)]
    assert -1 not in places
    assert places == sorted(places), "Spanish first"
    assert f"(`{alerts()[name]['labels']['severity']}`)" in page


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_an_expression_can_be_read(where: str) -> None:
    assert list(selectors(promql_parser.parse(EXPRESSIONS[where])))


def test_every_check_of_health_raises_an_alarm() -> None:
    """A check that no rule looks at would fail unseen."""
    looked_at = {
        code
        for rule in alerts().values()
        for selector in selectors(promql_parser.parse(rule["expr"]))
        for matcher in selector.matchers.matchers
        if matcher.name == "check"
        for code in matcher.value.split("|")
    }
    assert set(CODES) <= looked_at


def declared() -> set[str]:
    """The names of all gauges and counters, whether or not anything has them now."""
    found = set()
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.endswith(".gauges"):
            values = vars(importlib.import_module(module.name)).values()
            found |= {f"canaliza_{value.name}" for value in values if isinstance(value, Gauge)}
    return found


def test_every_gauge_is_looked_at_by_somebody() -> None:
    """By a rule or a panel: a number that nobody looks at costs a reading at each scrape."""
    used = {
        selector.name for expression in EXPRESSIONS.values() for selector in selectors(promql_parser.parse(expression))
    }
    assert declared() - used == {"canaliza_check_limit_seconds"}, "it is the line that a panel's reader compares with"


def test_records_are_defined_where_they_are_used() -> None:
    records = {rule["record"] for rule in rules() if "record" in rule}
    used = {
        selector.name for expression in EXPRESSIONS.values() for selector in selectors(promql_parser.parse(expression))
    }
    assert {name for name in used if ":" in name} == records


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboards_panels_have_titles_in_both_languages(path: Path) -> None:
    board = json.loads(path.read_text(encoding="utf-8"))
    assert board["uid"] == path.stem
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert {panel["type"] for panel in board["panels"]} <= {"stat", "timeseries"}


def test_the_counters_of_a_process_have_a_registry_of_their_own() -> None:
    one, another = Instruments({}, ("intake",)), Instruments({}, ("intake",))
    one.answered("-", "GET", 404, 0.1)
    assert isinstance(one.registry, CollectorRegistry)
    assert another.registry.get_sample_value("canaliza_http_requests_total", {}) is None
