"""Why a rule fired or did not, in words, Spanish first."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from events.vocabulary import RiskCategory
from services.chassis.locales import catalogue
from services.referral.routing.domain import assess
from services.referral.routing.policy import RuleSet
from services.referral.routing.queries import RuleTrace, explain

TODAY = date(2013, 6, 12)
WORDS = catalogue("services.programme")
OF_CODES = {"is", "in", "contains_any"}


@pytest.fixture
def told(rules: RuleSet, case_of: Any) -> Any:
    def tell(rule: str, *args: Any, **kwargs: Any) -> RuleTrace:
        (trace,) = (one for one in explain(case_of(*args, **kwargs), rules, TODAY) if one.rule == rule)
        return trace

    return tell


def test_a_rule_that_fired_names_the_answers_and_what_made_it_more_urgent(told: Any) -> None:
    trace = told("ASILO", {"fear_of_return": "yes", "removal_risk": "yes"})
    assert trace.fired
    assert trace.why == (
        "Se activa (U1): temor de regresar: sí; riesgo de devolución: sí; más urgente por: riesgo de devolución: sí."
    )
    assert trace.why_en == (
        "Fires (U1): fear of return: yes; risk of removal: yes; more urgent because of: risk of removal: yes."
    )


def test_a_rule_that_did_not_fire_names_only_what_was_missing(told: Any) -> None:
    trace = told("MUJER", {"sex": "F", "needs": ["legal"]})
    assert not trace.fired
    assert trace.why == "No se activa; haría falta: con quién viaja: a solas o con hijas o hijos."
    assert trace.why_en == "Does not fire; it would take: travelling with: alone or with children."


def test_a_suppressed_rule_names_what_comes_first(told: Any) -> None:
    trace = told("RETORNO", {"wants_return": "yes", "fear_of_return": "unsure"})
    assert trace.why == "Suspendida: primero se atiende el temor de regresar o el riesgo de devolución."
    assert trace.why_en == "Suppressed: the fear of return or the risk of removal comes first."


def test_a_rule_for_another_kind_says_so(told: Any) -> None:
    assert told("AMENAZA").why == "No se activa: es para amenaza a un albergue."
    assert told("AMENAZA", kind="shelter_threat").why == "Se activa (U0): así es con todo caso de esta clase."


def test_a_harm_event_is_disclosed_by_kind_and_time_only(told: Any) -> None:
    trace = told("ABUSO_AUT", harm=("extortion 72h authority",))
    assert trace.why == "Se activa (U2): hechos sufridos: extorsión (hace menos de 72 horas)."


def test_a_need_answered_by_another_rule_is_explained(told: Any) -> None:
    trace = told("GENERAL", {"needs": ["legal"], "missing_relative": "yes"})
    assert trace.why == "No se activa; haría falta: que no se active otra regla, salvo PEAS."


def test_it_says_of_every_case_what_the_rules_decided(rules: RuleSet, all_cases: Any) -> None:
    for _, made in all_cases:
        traces = explain(made, rules, TODAY)
        assert [one.rule for one in traces] == list(RiskCategory)
        fired = {one.rule for one in traces if one.fired}
        assert fired == set(assess(made, rules, TODAY).categories)


def worded(group: str) -> set[str]:
    """The codes of a group of keys that have words."""
    return {key.removeprefix(f"{group}.") for key in WORDS("es").texts if key.startswith(f"{group}.")}


def test_everything_a_rule_asks_has_words_in_both_languages(rules: RuleSet) -> None:
    asked = list(_asked([rules.data["facts"], rules.data["rules"]]))
    as_they_are = {"0-5", "6-11", "12-14", "15-17", "60+"}
    assert {one for name, one in asked if name in {"field", "some", "working_days_since"}} <= worded("field")
    assert {one for name, one in asked if name == "fact"} <= worded("fact")
    codes = {str(one).lower() if isinstance(one, bool) else one for name, one in asked if name in OF_CODES}
    assert codes <= worded("answer") | as_they_are


def _asked(part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, list):
        for one in part:
            yield from _asked(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from (
                (name, one) for one in (value if isinstance(value, list) else [value]) if not isinstance(one, dict)
            )
            yield from _asked(value)
