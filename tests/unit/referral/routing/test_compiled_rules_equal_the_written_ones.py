"""Compiled conditions give the same results as a plain interpreter of the written ones."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from events.vocabulary import RiskCategory
from services.programme.conditions import Condition
from services.referral.routing.compiler import compile_condition, compile_fact
from services.referral.routing.domain import assess
from services.referral.routing.fields import CODES, DATES, ELEMENTS, LISTS, by_name
from services.referral.routing.policy import RuleSet, load_rules
from services.referral.routing.predicates import Evaluation
from tests.support.models import reference_rules
from tests.support.properties import examples
from tests.unit.referral.routing.test_routing_properties import SCREENINGS, SUBMISSIONS

RULES = load_rules()
TODAY = date(2013, 6, 12)
CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)
CHILD = RULES.data["facts"]["child"]


def _about_codes(fields: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    def ask(field: str) -> st.SearchStrategy[dict[str, Any]]:
        code = st.sampled_from(fields[field])
        return st.one_of(
            st.fixed_dictionaries({"field": st.just(field), "is": code}),
            st.fixed_dictionaries({"field": st.just(field), "in": st.lists(code, min_size=1, max_size=3)}),
        )

    return st.sampled_from(sorted(fields)).flatmap(ask)


def _about_a_list(field: str) -> st.SearchStrategy[dict[str, Any]]:
    codes = st.lists(st.sampled_from(LISTS[field]), min_size=1, max_size=3)
    return st.fixed_dictionaries({"field": st.just(field)}).flatmap(
        lambda named: st.one_of(
            codes.map(lambda found: {**named, "contains_any": found}),
            st.just({**named, "not_empty": True}),
            st.integers(1, 3).map(lambda number: {**named, "count_at_least": number}),
        )
    )


def _composed(of: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        of,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda members: {"all": members}),
            st.lists(inner, min_size=1, max_size=3).map(lambda members: {"any": members}),
            inner.map(lambda one: {"not": one}),
        ),
        max_leaves=5,
    )


RULE_CODES = st.lists(st.sampled_from(RiskCategory), min_size=1, max_size=20)
CONDITIONS = _composed(
    st.one_of(
        _about_codes(CODES),
        st.sampled_from(sorted(LISTS)).flatmap(_about_a_list),
        _composed(_about_codes(ELEMENTS["harm_events"])).map(lambda where: {"some": "harm_events", "where": where}),
        st.integers(1, 10).map(lambda days: {"working_days_since": DATES[0], "at_least": days}),
        st.just({"fact": "child"}),
        RULE_CODES.map(lambda codes: {"fired": codes}),
        RULE_CODES.map(lambda codes: {"only_fired": codes}),
    )
)

CLOSE_CALLS = st.fixed_dictionaries(
    {},
    optional={"entry_date": st.dates(TODAY - timedelta(12), TODAY).map(str)}
    | {field: st.lists(st.sampled_from(codes[:2]), max_size=3) for field, codes in LISTS.items()},
)
"""The same answer twice, and entries about as long ago as the condition requires."""
ANSWERS = st.builds(lambda all_kinds, close: {**all_kinds, **close}, SCREENINGS, CLOSE_CALLS)


@pytest.mark.slow
@settings(max_examples=examples(500))
@given(st.lists(CONDITIONS, min_size=1, max_size=4), ANSWERS, st.sets(st.sampled_from(RiskCategory), max_size=3))
def test_any_condition_says_of_any_case_what_it_says_on_paper(
    conditions: list[Any], screening: dict[str, Any], fired: set[RiskCategory]
) -> None:
    """Several conditions on one case, because they share evaluated facts."""
    facts = {"child": compile_fact("child", CONDITION.validate_python(CHILD))}
    scope = Evaluation(by_name(screening), TODAY, fired)
    case = {"on": TODAY, "fired": fired, "facts": {"child": CHILD}}
    for condition in conditions:
        predicate = compile_condition(CONDITION.validate_python(condition), facts)
        assert predicate.matches(scope.answers, scope) is reference_rules.holds(condition, screening, case)
        told = predicate.evidence(scope.answers, scope)
        assert list(told.items()) == list(reference_rules.account(condition, screening, case).items())


@given(SUBMISSIONS)
def test_every_rule_fires_leads_and_accounts_for_itself_as_it_is_written(made: dict[str, Any]) -> None:
    answers, found = made["screening"], assess(made, RULES, TODAY)
    case = {"on": TODAY, "fired": set(found.categories), "facts": RULES.data["facts"]}
    assert (sorted(found.categories), {one.category: one.reason for one in found.suppressed}) == _fired(made, RULES)
    grounds = {(str(one.agency), str(ground.rule)): ground for one in found.proposals for ground in one.grounds}
    for rule in (one for one in RULES.data["rules"] if one["code"] in found.categories):
        urgency, why, raised_by = reference_rules.ground(rule, answers, case)
        for agency, more in reference_rules.led_to(rule, RULES.data["child_rule"], answers, case).items():
            ground = grounds.pop((agency, rule["code"]))
            assert (ground.urgency, ground.raised_by) == (urgency, raised_by)
            assert ground.evidence == reference_rules.joined([why, more])
    assert grounds == {}


def test_an_indicator_noted_twice_is_one_indicator() -> None:
    for noted, categories in ((["watched", "watched"], ()), (["watched", "isolated"], ("TRATA",))):
        assert assess({"screening": {"trafficking_indicators": noted}}, RULES, TODAY).categories == categories


def _fired(made: dict[str, Any], rules: RuleSet) -> tuple[list[str], dict[str, str]]:
    """First the rules that depend only on answers, then those that depend on other rules."""
    fired: set[str] = set()
    suppressed: dict[str, str] = {}
    of_others = {"GENERAL"}
    for rule in sorted(rules.data["rules"], key=lambda rule: rule["code"] in of_others):
        case = {"on": TODAY, "fired": fired, "facts": rules.data["facts"]}
        if made["kind"] not in rule["kinds"] or not reference_rules.holds(rule["when"], made["screening"], case):
            continue
        reasons = [
            one["reason"]
            for one in rule.get("suppressed", [])
            if reference_rules.holds(one["when"], made["screening"], case)
        ]
        if reasons:
            suppressed[rule["code"]] = reasons[0]
        else:
            fired.add(rule["code"])
    return sorted(fired), suppressed
