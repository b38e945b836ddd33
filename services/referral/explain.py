"""Says why each rule fired or did not, in words a shelter worker and an auditor both understand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from events.vocabulary import CaseKind, RiskCategory
from services.referral import language as written
from services.referral.accounts import Inputs
from services.referral.conditions import Facts, ready
from services.referral.questions import Scope
from services.referral.routing import fire, raised
from services.referral.rules import ReadyRule, RuleSet
from services.referral.words import Language, code_word, fact_word, field_word

_SAID: Mapping[str, tuple[str, str]] = {
    "fired": ("Se activa ({urgency}): {because}.", "Fires ({urgency}): {because}."),
    "raised": ("; más urgente por: {because}", "; more urgent because of: {because}"),
    "always": ("así es con todo caso de esta clase", "every case of this kind does"),
    "other_kind": ("No se activa: es para {kinds}.", "Does not fire: it is for {kinds}."),
    "suppressed": ("Suspendida: {because}.", "Suppressed: {because}."),
    "not_fired": ("No se activa; haría falta: {missing}.", "Does not fire; it would take: {missing}."),
    "or": (" o ", " or "),
    "any": ("; o bien ", "; or else "),
    "all": (" y ", " and "),
    "not": ("que no ({it})", "that not ({it})"),
    "fired_one": ("que se active {codes}", "that {codes} fires"),
    "only_fired": ("que no se active otra regla, salvo {codes}", "that no other rule fires, save {codes}"),
    "not_empty": ("{field}: alguna respuesta", "{field}: any answer"),
    "count": ("{field}: {count} o más", "{field}: {count} or more"),
    "some": ("{field}: ({where})", "{field}: ({where})"),
    "any_element": ("cualquiera", "any"),
    "days": ("{field}: hace {days} días hábiles o más", "{field}: {days} working days ago or more"),
}


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule of the table, and why it fired or did not."""

    rule: RiskCategory
    fired: bool
    why: str
    why_en: str


def explain(submission: Mapping[str, Any], rules: RuleSet, on: date) -> list[RuleTrace]:
    """Every rule in the table's order. Names the answers that decided, of a harm event only kind and when."""
    kind = CaseKind(submission.get("kind", CaseKind.PERSON))
    scope, _ = fire(submission, rules, on)
    return [
        RuleTrace(
            rule.code,
            rule.code in scope.fired,
            _why(rule, kind, scope, rules.facts, "es"),
            _why(rule, kind, scope, rules.facts, "en"),
        )
        for rule in rules.rules
    ]


def say(condition: written.Condition, lang: Language) -> str:
    """What a condition asks for."""
    return _SAY[type(condition)](condition, lang)


def _why(rule: ReadyRule, kind: CaseKind, scope: Scope, facts: Facts, lang: Language) -> str:
    if kind not in rule.written.kinds:
        return _text("other_kind", lang, kinds=_codes(rule.written.kinds, lang))
    if rule.code in scope.fired:
        urgency, raised_by = raised(rule, scope)
        because = _answers(rule.when.inputs(scope.answers, scope), lang) or _text("always", lang)
        more = _text("raised", lang, because=_answers(raised_by, lang)) if raised_by else ""
        return _text("fired", lang, urgency=urgency, because=because + more)
    # a rule about the others does not see itself among them
    seen = Scope(scope.answers, scope.on, scope.fired - {rule.code})
    if not rule.when.holds(seen.answers, seen):
        return _text("not_fired", lang, missing=_missing(rule.written.when, seen, facts, lang))
    reason = next(one for one in rule.written.suppressed if ready(one.when, facts).holds(scope.answers, scope))
    return _text("suppressed", lang, because=reason.es if lang == "es" else reason.en)


def _missing(condition: written.Condition, scope: Scope, facts: Facts, lang: Language) -> str:
    """Only the parts that fail, so that nobody reads again what is already so."""
    if not isinstance(condition, written.All):
        return say(condition, lang)
    failing = [one for one in condition.members if not ready(one, facts).holds(scope.answers, scope)]
    return _text("all", lang).join(_missing(one, scope, facts, lang) for one in failing)


def _answers(told: Inputs, lang: Language) -> str:
    return "; ".join(f"{field_word(field, lang)}: {_answer(value, lang)}" for field, value in told.items())


def _answer(value: Any, lang: Language) -> str:
    if isinstance(value, Mapping):
        return f"{code_word(value['kind'], lang)} ({code_word(value['when'], lang)})"
    if isinstance(value, list):
        return ", ".join(_answer(one, lang) for one in value)
    return code_word(value, lang)


def _text(name: str, lang: Language, **parts: Any) -> str:
    return _SAID[name][lang == "en"].format(**parts)


def _codes(codes: tuple[Any, ...], lang: Language) -> str:
    return _text("or", lang).join(code_word(code, lang) for code in codes)


def _joined(condition: written.All | written.AnyOf, word: str, lang: Language) -> str:
    if not condition.members:
        return _text("any_element", lang)
    parts = [say(one, lang) for one in condition.members]
    return parts[0] if len(parts) == 1 else f"({_text(word, lang).join(parts)})"


def _of_field(name: str, condition: Any, lang: Language, **parts: Any) -> str:
    return _text(name, lang, field=field_word(condition.field, lang), **parts)


_SAY: dict[type[Any], Callable[[Any, Language], str]] = {
    written.All: lambda this, lang: _joined(this, "all", lang),
    written.AnyOf: lambda this, lang: _joined(this, "any", lang),
    written.Not: lambda this, lang: _text("not", lang, it=say(this.condition, lang)),
    written.Fact: lambda this, lang: fact_word(this.fact, lang),
    written.Fired: lambda this, lang: _text("fired_one", lang, codes=_codes(this.fired, lang)),
    written.OnlyFired: lambda this, lang: _text("only_fired", lang, codes=_codes(this.only_fired, lang)),
    written.Is: lambda this, lang: f"{field_word(this.field, lang)}: {code_word(this.code, lang)}",
    written.In: lambda this, lang: f"{field_word(this.field, lang)}: {_codes(this.codes, lang)}",
    written.ContainsAny: lambda this, lang: f"{field_word(this.field, lang)}: {_codes(this.codes, lang)}",
    written.NotEmpty: lambda this, lang: _of_field("not_empty", this, lang),
    written.CountAtLeast: lambda this, lang: _of_field("count", this, lang, count=this.count),
    written.Some: lambda this, lang: _text(
        "some", lang, field=field_word(this.some, lang), where=say(this.where, lang)
    ),
    written.WorkingDaysSince: lambda this, lang: _of_field("days", this, lang, days=this.days),
}
