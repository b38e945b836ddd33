"""Every row of the table, cell by cell; the cases are in ``tests/samples/routing-cases.yaml``."""

from collections import Counter
from datetime import datetime
from typing import Any

from events.vocabulary import RiskCategory, Urgency
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import assess
from services.referral.routing.policy import RuleSet


def _given_by(rule: str, made: dict[str, Any], rules: RuleSet) -> tuple[str, str | None]:
    """In the words of the cases: the agencies a rule led to, its urgency and the case lead."""
    result = assess(made, rules, day_in_mexico(datetime.fromisoformat(made["occurred_at"])))
    led = [(one.agency, ground.urgency) for one in result.proposals for ground in one.grounds if ground.rule == rule]
    reasons = [f"suppressed: {one.reason}" for one in result.suppressed if one.category == rule]
    if not led:
        return (reasons or ["nothing"])[0], result.lead
    return " ".join([*(agency for agency, _ in led), led[0][1]]), result.lead


def test_each_case_is_answered_as_the_specification_says(hand_written_case: Any, rules: RuleSet) -> None:
    case = hand_written_case
    gives, lead = _given_by(case.rule, case.submission, rules)
    assert gives == case.gives
    assert case.lead in {None, lead}


def test_each_of_the_26_rules_has_cases_that_fire_and_cases_that_do_not(all_hand_written: list[Any]) -> None:
    fires = Counter(case.rule for case in all_hand_written if case.gives[-2:] in set(Urgency))
    does_not = Counter(case.rule for case in all_hand_written if case.gives[-2:] not in set(Urgency))
    assert set(fires) == set(does_not) == set(RiskCategory)


def test_the_rules_stand_in_the_order_of_the_table(rules: RuleSet) -> None:
    assert [rule.code for rule in rules.policy.rules] == list(RiskCategory)


def test_what_is_shown_first_is_the_hospital(assessed: Any) -> None:
    assert assessed(harm=("sexual_violence older",)).show_first == (
        "hospital",
        "emergency_number",
        "care_differs_at_72_and_120_hours",
    )
    assert assessed({"medical_now": "unsure"}).show_first == ("hospital", "emergency_number")
    assert assessed({"missing_relative": "yes"}).show_first == ()


def test_the_child_rule_leads_to_unicef_for_all_but_the_six_exceptions(rules: RuleSet, all_cases: Any) -> None:
    """Whatever else fires for a child in family leads to UNICEF too."""
    excepted = {"GENERAL", "SSR", "DISC", "APATRIDA", "LGBTIQ", "PEAS"}
    seen = set()
    for _, made in all_cases:
        result = assess(made, rules, day_in_mexico(datetime.fromisoformat(made["occurred_at"])))
        if result.child and made["kind"] == "person":
            told = {code for one in result.proposals if one.agency == "UNICEF" for code in one.categories}
            assert told == set(result.categories) - excepted
            seen |= set(result.categories)
    never_a_childs = {"MUJER", "RETORNO", "MAYOR", "COMUNIDAD", "AMENAZA"}
    assert seen == set(RiskCategory) - never_a_childs


def test_nothing_fired_is_no_referral(assessed: Any) -> None:
    result = assessed()
    assert (result.lead, result.categories, result.proposals) == (None, (), ())


def test_peas_alone_leaves_the_case_without_a_lead(assessed: Any) -> None:
    result = assessed(harm=("kidnapping older shelter_or_aid_worker",))
    assert result.lead == "UNODC"
    only_peas = assessed({"harm_events": [{"kind": "other", "when": "older", "perpetrator": "shelter_or_aid_worker"}]})
    assert (only_peas.lead, only_peas.categories) == (None, ("PEAS",))


def test_a_need_is_general_even_where_peas_fired(assessed: Any) -> None:
    event = {"kind": "other", "when": "older", "perpetrator": "shelter_or_aid_worker"}
    result = assessed({"harm_events": [event], "needs": ["legal"]})
    assert (result.lead, result.categories) == ("OIM", ("GENERAL", "PEAS"))


ALWAYS = {"age_band": "25-59", "sex": "M", "language": "es", "shelter": "ALB-TAP-01"} | {
    "planned_departure": "24h",
    "safe_contact": "none",
}


def test_a_referral_tells_the_answers_that_made_its_own_rules_fire_and_no_others(assessed: Any) -> None:
    result = assessed({"fear_of_return": "yes", "missing_relative": "yes", "needs": ["legal"], "country_origin": "HND"})
    told = {one.agency: one.disclosed for one in result.proposals}
    assert told == {
        "ACNUR": ALWAYS | {"fear_of_return": "yes"},
        "OIM": ALWAYS | {"missing_relative": "yes"},
    }


def test_what_raised_the_urgency_is_recorded_but_not_disclosed(assessed: Any) -> None:
    (acnur,) = (
        one for one in assessed({"fear_of_return": "yes", "danger_now": "yes"}).proposals if one.agency == "ACNUR"
    )
    assert acnur.grounds[0].raised_by == {"danger_now": "yes"}
    assert acnur.disclosed == ALWAYS | {"fear_of_return": "yes"}


def test_of_a_harm_event_only_kind_and_time_are_shown(assessed: Any) -> None:
    event = {"kind": "extortion", "when": "72h", "where": "MX-CHP", "perpetrator": "authority"}
    (oim,) = assessed({"harm_events": [event]}).proposals
    assert oim.disclosed["harm_events"] == [{"kind": "extortion", "when": "72h"}]
    assert all(ground.evidence == {"harm_events": [{"kind": "extortion", "when": "72h"}]} for ground in oim.grounds)


def test_a_harm_event_that_fired_another_agencys_rule_is_not_disclosed(assessed: Any) -> None:
    result = assessed(harm=("sexual_violence older", "robbery 30d"))
    told = {one.agency: one.disclosed["harm_events"] for one in result.proposals}
    assert told == {
        "OIM": [{"kind": "robbery", "when": "30d"}],
        "UNFPA": [{"kind": "sexual_violence", "when": "older"}],
    }


def test_of_a_list_only_the_answers_that_counted_are_disclosed(assessed: Any) -> None:
    (unfpa,) = assessed({"needs": ["legal", "srh", "mhpss"]}).proposals
    assert unfpa.disclosed["needs"] == ["srh"]


def test_an_agency_that_is_notified_is_also_shown_why(assessed: Any) -> None:
    result = assessed({"protection_status": "refugee", "needs": ["legal", "livelihood"]})
    told = {one.agency: one.disclosed for one in result.proposals}
    assert told["OIT"]["needs"] == ["livelihood"]
    assert "needs" not in told["ACNUR"]


def test_the_report_on_staff_tells_the_shelter_and_the_class_of_the_allegation_only(assessed: Any) -> None:
    result = assessed(
        {"needs": ["legal"]}, harm=("assault 72h shelter_or_aid_worker", "assault 30d shelter_or_aid_worker")
    )
    (report,) = (one for one in result.proposals if one.agency == "PEAS")
    assert report.disclosed == {"shelter": "ALB-TAP-01", "harm_events": [{"kind": "assault"}]}


def test_a_threat_to_a_shelter_tells_the_shelter(assessed: Any) -> None:
    for one in assessed(kind="shelter_threat").proposals:
        assert one.disclosed == {"shelter": "ALB-TAP-01"}


def test_the_restricted_categories_are_those_of_the_programme(rules: RuleSet) -> None:
    assert rules.policy.restricted == {
        "VSG",
        "TRATA",
        "SECUESTRO",
        "SM",
        "LGBTIQ",
        "ABUSO_AUT",
        "PEAS",
        "AMENAZA",
    }
