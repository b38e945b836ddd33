"""Explains why each rule fired or did not, in words for shelter workers and auditors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from events.vocabulary import CaseKind, RiskCategory
from services.chassis.locales import catalogue
from services.programme import conditions
from services.programme.condition_words import Language, code_word, codes_in_words, describe, field_word, joined
from services.referral.routing.compiler import Facts, compile_condition
from services.referral.routing.domain import fire, raised
from services.referral.routing.evidence import Evidence
from services.referral.routing.policy import CompiledRule, RuleSet
from services.referral.routing.predicates import Evaluation

_WORDS = catalogue(__name__)


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule of the table, and why it fired or did not."""

    rule: RiskCategory
    fired: bool
    why: str
    why_en: str


def explain(submission: Mapping[str, Any], rules: RuleSet, on: date) -> list[RuleTrace]:
    """Explains every rule, in the table's order, by the answers that decided; of a harm event only kind and time."""
    kind = CaseKind(submission.get("kind", CaseKind.PERSON))
    evaluation, _ = fire(submission, rules, on)
    return [
        RuleTrace(
            rule.code,
            rule.code in evaluation.fired,
            _why(rule, kind, evaluation, rules.facts, "es"),
            _why(rule, kind, evaluation, rules.facts, "en"),
        )
        for rule in rules.rules
    ]


def _why(rule: CompiledRule, kind: CaseKind, evaluation: Evaluation, facts: Facts, lang: Language) -> str:
    if kind not in rule.written.kinds:
        return _text("explain.other_kind", lang, kinds=codes_in_words(rule.written.kinds, lang))
    if rule.code in evaluation.fired:
        urgency, raised_by = raised(rule, evaluation)
        because = _answers(rule.when.evidence(evaluation.answers, evaluation), lang) or _text("explain.always", lang)
        more = _text("explain.raised", lang, because=_answers(raised_by, lang)) if raised_by else ""
        return _text("explain.fired", lang, urgency=urgency, because=because + more)
    # a rule that depends on the others does not see itself
    seen = Evaluation(evaluation.answers, evaluation.on, evaluation.fired - {rule.code})
    if not rule.when.matches(seen.answers, seen):
        return _text("explain.not_fired", lang, missing=_missing(rule.written.when, seen, facts, lang))
    reason = next(
        one
        for one in rule.written.suppressed
        if compile_condition(one.when, facts).matches(evaluation.answers, evaluation)
    )
    return _text("explain.suppressed", lang, because=reason.es if lang == "es" else reason.en)


def _missing(condition: conditions.Condition, evaluation: Evaluation, facts: Facts, lang: Language) -> str:
    """Only the parts that fail."""
    if not isinstance(condition, conditions.All):
        return describe(condition, lang)
    failing = [
        one for one in condition.members if not compile_condition(one, facts).matches(evaluation.answers, evaluation)
    ]
    return joined([_missing(one, evaluation, facts, lang) for one in failing], lang)


def _answers(evidence: Evidence, lang: Language) -> str:
    return "; ".join(f"{field_word(field, lang)}: {_answer(value, lang)}" for field, value in evidence.items())


def _answer(value: Any, lang: Language) -> str:
    if isinstance(value, Mapping):
        return f"{code_word(value['kind'], lang)} ({code_word(value['when'], lang)})"
    if isinstance(value, list):
        return ", ".join(_answer(one, lang) for one in value)
    return code_word(value, lang)


def _text(key: str, lang: Language, **parts: Any) -> str:
    return _WORDS(lang)(key, **parts)
