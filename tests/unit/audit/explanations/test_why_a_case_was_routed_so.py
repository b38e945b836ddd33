"""What an explanation says of a case follows from its clear facts, and is true of the answers that it cannot see."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.contract import Event, Recorded
from events.referral import CaseAssessed, ReferralProposed, ReferralRequested
from events.vocabulary import BlockReason, CaseKind, SendingBasis, Urgency
from services.audit.explanations.domain import Assessment, Explanation, Raise, explain
from services.audit.explanations.policy import MOST_TEXTS, KeptDeadlines, KeptRules, deadlines_of, rules_named, rules_of
from services.audit.explanations.words import condition_in_words, otherwise_in_words, why_in_words
from services.programme.condition_words import describe
from services.referral.deadlines.policy import POLICY as CLOCKS
from services.referral.routing.compiler import compile_condition
from services.referral.routing.domain import fire
from services.referral.routing.policy import POLICY, load_rules
from services.referral.routing.predicates import Evaluation
from tests.support.builders.changing_case import NOON, ChangingCase, granted
from tests.support.builders.referral import DEADLINES as SOME
from tests.support.builders.referral import SENT, WAITING


@cache
def kept() -> tuple[str, KeptRules]:
    found = rules_of(POLICY.read_text(encoding="utf-8"))
    assert found is not None
    return found


def no_deadlines(_: int) -> KeptDeadlines | None:
    return None


def explained(facts: list[Recorded[Event]]) -> Explanation:
    version, rules = kept()
    return explain(facts, {version: rules}.get, no_deadlines)


def facts_of(case: ChangingCase) -> list[Recorded[Event]]:
    return [*case.facts, *(fact for stream in case.streams.values() for fact in stream)]


def fact_of(event: Event, *, version: int = 2) -> Recorded[Event]:
    return Recorded(id=UUID(int=version), stream=UUID(int=1), version=version, case=UUID(int=8), occurred_at=NOON,
                    recorded_at=NOON, actor="rules:1", cause=UUID(int=77), event=event, position=version)  # fmt: skip


def test_a_kept_text_has_the_version_by_which_the_referral_service_names_it() -> None:
    assert kept()[0] == load_rules().version


def test_only_the_texts_that_are_newer_than_the_one_that_decided_are_read_and_each_once() -> None:
    text = POLICY.read_text(encoding="utf-8")
    named = load_rules().version
    texts = [f"version: '2012.{number}'\n" for number in range(MOST_TEXTS - 2)] + [text, "version: '2014.1'\n"]
    rules_of.cache_clear()
    for _ in range(2):
        found = rules_named(named, texts)
        assert found is not None
        assert found.version == named.split("-")[0]
    assert rules_of.cache_info().misses == 2
    for _ in range(2):
        assert rules_named("1999.1-0123456789ab", texts) is None
    assert rules_of.cache_info().misses == len(texts), "as many are kept as are looked back on"


@pytest.mark.parametrize("text", ["", "version: 1", "rules: [", "version: '2013.9'\nfacts: {}\nrules: {}"])
def test_a_text_that_cannot_be_read_leaves_an_explanation_without_words(text: str) -> None:
    assert rules_of(text) is None
    case = ChangingCase.of(granted("ACNUR"))
    (assessment,) = explain(facts_of(case), lambda _: None, no_deadlines).assessments
    assert not assessment.known
    assert all(one.rule is None for one in assessment.fired)
    assert [one.category for one in assessment.fired] == [*_assessed(case).categories]


def _assessed(case: ChangingCase) -> CaseAssessed:
    (found,) = [fact.event for fact in facts_of(case) if isinstance(fact.event, CaseAssessed)]
    return found


ANSWERS: Mapping[str, Any] = {
    "danger_now": st.sampled_from(["yes", "no", "unsure"]),
    "medical_now": st.sampled_from(["yes", "no"]),
    "removal_risk": st.sampled_from(["yes", "no"]),
    "fear_of_return": st.sampled_from(["yes", "no", "unsure"]),
    "needs": st.lists(st.sampled_from(["legal", "health", "mental_health"]), unique=True),
    "harm_events": st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["robbery", "kidnapping", "sexual_violence", "extortion"]),
                "when": st.sampled_from(["72h", "30d", "ongoing"]),
                "perpetrator": st.sampled_from(["authority", "common_criminal", "family"]),
            }
        ),
        max_size=3,
    ),
}


@given(answers=st.fixed_dictionaries({}, optional=ANSWERS))
@pytest.mark.slow
def test_whatever_was_answered_what_is_said_to_have_decided_did_and_what_not_did_not(answers: dict[str, Any]) -> None:
    """The referral service, which has the answers, is asked whether each condition held."""
    case = ChangingCase.of(granted("ACNUR"), **answers)
    if not any(isinstance(fact.event, CaseAssessed) for fact in facts_of(case)):
        return
    rules, said = load_rules(), explained(facts_of(case))
    evaluation, _ = fire({"kind": CaseKind.PERSON, "screening": case.document["screening"]}, rules, NOON.date())
    (assessment,) = said.assessments
    for fired in assessment.fired:
        first = _first_that_held(fired.raises, evaluation)
        for one in fired.raises:
            assert one.decided is None or one.decided == (one is first), (fired.category, one.to)
    for referral in said.referrals:
        decision = referral.decisions[0]
        for _, condition in decision.conditions:
            assert not _holds(condition, evaluation), "it would have been more urgent, and was not"
        if decision.what == "raised":
            assert any(_holds(condition, evaluation) for _, condition in decision.held)
        assert (decision.what == "raised") == bool(decision.held)


def _first_that_held(raises: tuple[Raise, ...], evaluation: Evaluation) -> Raise | None:
    return next((one for one in raises if _holds(one.condition, evaluation)), None)


def _holds(condition: Any, evaluation: Evaluation) -> bool:
    return bool(compile_condition(condition, load_rules().facts).matches(evaluation.answers, evaluation))


def test_an_explanation_has_no_answer_of_the_person() -> None:
    """Two people whose clear facts are the same are explained the same, whatever they answered."""
    one, other = (ChangingCase.of(granted("ACNUR"), fear_of_return=answer) for answer in ("yes", "unsure"))
    assert [_clear(each) for each in explained(facts_of(one)).assessments] == [
        _clear(each) for each in explained(facts_of(other)).assessments
    ]


def _clear(one: Assessment) -> Any:
    return one.rule_set, one.lead, one.fired, one.held_back


@pytest.mark.parametrize("basis", SendingBasis)
@pytest.mark.parametrize("language", ["es", "en"])
def test_each_basis_says_what_would_have_changed_it(basis: SendingBasis, language: str) -> None:
    said = explained([fact_of(_proposal(), version=1), fact_of(SENT.model_copy(update={"basis": basis}))])
    sent = said.referrals[0].decisions[1]
    assert sent.code == basis
    assert why_in_words(sent, language)
    assert len(otherwise_in_words(sent, language)) == 1


@pytest.mark.parametrize("reason", BlockReason)
def test_each_reason_to_wait_says_what_would_have_sent_it(reason: BlockReason) -> None:
    blocked = explained([fact_of(_proposal(), version=1), fact_of(WAITING.model_copy(update={"reason": reason}))])
    decision = blocked.referrals[0].decisions[1]
    assert decision.otherwise == (f"blocked.{reason}",)
    assert otherwise_in_words(decision, "es") != otherwise_in_words(decision, "en")


def _proposal() -> ReferralProposed:
    case = ChangingCase.of(granted("ACNUR"))
    return next(fact.event for fact in facts_of(case) if isinstance(fact.event, ReferralProposed))


@pytest.mark.parametrize(("minutes", "shortened"), [(59, True), (180, False), (181, False)])
def test_a_deadline_earlier_than_its_class_gives_is_told_with_what_the_class_gives(
    minutes: int,
    shortened: bool,  # noqa: FBT001 - pytest passes by name
) -> None:
    text = deadlines_of(CLOCKS.read_text(encoding="utf-8"))
    deadlines = SOME.model_copy(update={"decide_by": NOON + timedelta(minutes=minutes)})
    event = ReferralRequested(**{**dict(SENT), "urgency": Urgency.U1, "deadlines": deadlines})
    said = explain([fact_of(_proposal(), version=1), fact_of(event)], lambda _: None, lambda _: text)
    found = [one for one in said.referrals[0].decisions if one.what == "shortened"]
    assert bool(found) is shortened
    assert all(one.usual == NOON + timedelta(hours=3) for one in found)


def test_a_condition_is_said_as_the_referral_service_says_it() -> None:
    _, rules = kept()
    for rule in load_rules().policy.rules:
        same = rules.rule(rule.code)
        assert same is not None
        assert describe(same.when, "es") == describe(rule.when, "es")
        assert condition_in_words(same.when, "en").strip("(") in describe(rule.when, "en")


def test_the_names_of_the_answers_that_a_rule_looks_at_include_those_of_its_facts() -> None:
    _, rules = kept()
    looked_at = {one.code: rules.fields(one.when) for one in rules.rules}
    assert {"age_band", "could_be_under_18", "accompaniment"} == set(looked_at["NNA_NA"])  # type: ignore[index]
    assert looked_at["SECUESTRO"] == ("harm_events",)  # type: ignore[index]
