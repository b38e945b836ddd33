from typing import Any

import pytest

from benchmarks.aims import AIMS, judge
from benchmarks.page import page

SENTENCES = [aim.says for aim in AIMS]


def row(**other: Any) -> dict[str, Any]:
    return {
        "contender": "canaliza", "path": "in process", "rate": 50.0, "latency": {"p50": 9.0, "p99": 51.0},
        "lost": 0, "duplicated": 0,
    } | other  # fmt: skip


def appended(repeated: float, rate: float, concurrent: int = 8) -> dict[str, Any]:
    return {"concurrent": concurrent, "repeated": repeated, "rate": rate, "latency": {"p50": 1.0, "p99": 2.0}}


def grown(events: int, cpu_ms: float, rate: float) -> dict[str, Any]:
    return {
        "events": events,
        "append": appended(0.0, rate),
        "end_to_end": {"cpu_ms": cpu_ms, "latency": {"p50": 5.0, "p99": 9.0}},
    }


RESULTS: dict[str, Any] = {
    "environment": {"cpu": "<one>"},
    "sustainable": {"canaliza": 3_000.0, "floor": 5_000.0, "library": 200.0},
    "end_to_end": [row(contender="floor", latency={"p50": 1.0, "p99": 2.0}), row(path="over HTTP"), row()],
    "replay": [{"rebuild": {"rate": 60_000.0}}, {"rebuild": {"rate": 49_000.0}}],
    "growth": [grown(10_000, 2.0, 1_000.0), grown(100_000, 9.0, 10.0), grown(1_000_000, 2.2, 980.0)],
    "moments": [{"case": {"p99": 2.0}}, {"case": {"p99": 51.0}}],
    "append": {
        "canaliza": [appended(0.0, 1_000, 1), appended(0.0, 100), appended(0.01, 900, 1), appended(0.01, 30),
                     appended(1.0, 800, 1), appended(1.0, 90)],
        "floor": [appended(0.0, 9_999), appended(0.01, 1)],
    },
    "memory": {"canaliza": {"intake": 90.0, "audit": 151.0}, "floor": {"intake": 500.0}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("says", "found", "verdict"),
    [
        ("in floors", 0.6, "met"),
        ("library's Systems", 15.0, "met"),
        ("p50", 9.0, "met"),
        ("p99", 51.0, "NOT MET"),
        ("rebuild", 49_000.0, "NOT MET"),
        ("processor time", 1.1, "met"),
        ("appends a second", 0.98, "met"),
        (" 1 % repeated", 0.3, "NOT MET"),
        ("100 % repeated", 0.8, "met"),
        ("memory", 151.0, "NOT MET"),
        ("at a moment", 51.0, "NOT MET"),
        ("lost or duplicated", 0.0, "met"),
    ],
)
def test_each_aim_is_judged_by_its_own_figure(says: str, found: float, verdict: str) -> None:
    (judged,) = [one for one in judge(RESULTS) if says in one.says]
    assert judged.found == pytest.approx(found)
    assert judged.verdict == verdict


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert [one.says for one in judge({})] == SENTENCES
    assert {one.verdict for one in judge({})} == {"not measured"}


def test_a_lost_alert_at_any_rate_misses_the_aim() -> None:
    judged = judge({"end_to_end": [row(), row(rate=2_000.0, lost=1), row(contender="textbook", lost=7)]})
    assert judged[-1].found == 1
    assert judged[-1].verdict == "NOT MET"


def test_the_page_tells_every_aim_and_draws_what_was_measured() -> None:
    text = page(RESULTS, judge(RESULTS))
    assert all(sentence.replace("'", "&#x27;") in text for sentence in SENTENCES)
    assert text.count("<svg") == 4
    assert "&lt;one&gt;" in text


def test_a_page_of_a_run_without_measurements_has_no_plots() -> None:
    assert "<svg" not in page({"environment": {}}, judge({}))
