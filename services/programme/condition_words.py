"""Says a rule's condition in words, with the words of answers and codes.

The referral service explains with them why a rule fired, and audit which rule led a case where: of rules as they were
adopted, which both read (ADR 0043).
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from services.chassis.locales import catalogue
from services.programme import conditions

Language = Literal["es", "en"]

_WORDS = catalogue(__name__)


def field_word(field: str, language: Language) -> str:
    """The name of an answer in words; the field itself if it has none."""
    return _WORDS(language).find(f"field.{field}", otherwise=field)


def fact_word(fact: str, language: Language) -> str:
    """The fact as a short sentence."""
    return _WORDS(language).find(f"fact.{fact}", otherwise=fact)


def code_word(code: Any, language: Language) -> str:
    """The code in words; ages and dates unchanged."""
    name = str(code).lower() if isinstance(code, bool) else str(code)
    return _WORDS(language).find(f"answer.{name}", otherwise=name)


def codes_in_words(codes: Sequence[Any], language: Language) -> str:
    """A, B or C."""
    return _text("explain.or", language).join(code_word(code, language) for code in codes)


def joined(parts: Sequence[str], language: Language) -> str:
    """All of these, one after the other."""
    return _text("explain.all", language).join(parts)


def describe(condition: conditions.Condition, language: Language) -> str:
    """A condition in words."""
    return _DESCRIBE[type(condition)](condition, language)


def unwrapped(words: str) -> str:
    """A condition without the brackets around the whole of it."""
    depth = 0
    for at, letter in enumerate(words):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return words[1:-1] if words[:1] == "(" and at == len(words) - 1 else words
    return words


def _text(key: str, lang: Language, **parts: Any) -> str:
    return _WORDS(lang)(key, **parts)


def _joined(condition: conditions.All | conditions.AnyOf, key: str, lang: Language) -> str:
    if not condition.members:
        return _text("explain.any_element", lang)
    parts = [describe(one, lang) for one in condition.members]
    return parts[0] if len(parts) == 1 else f"({_text(key, lang).join(parts)})"


def _of_field(key: str, condition: Any, lang: Language, **parts: Any) -> str:
    return _text(key, lang, field=field_word(condition.field, lang), **parts)


_DESCRIBE: dict[type[Any], Callable[[Any, Language], str]] = {
    conditions.All: lambda this, lang: _joined(this, "explain.all", lang),
    conditions.AnyOf: lambda this, lang: _joined(this, "explain.any", lang),
    conditions.Not: lambda this, lang: _text("explain.not", lang, it=describe(this.condition, lang)),
    conditions.Fact: lambda this, lang: fact_word(this.fact, lang),
    conditions.Fired: lambda this, lang: _text("explain.fired_one", lang, codes=codes_in_words(this.fired, lang)),
    conditions.OnlyFired: lambda this, lang: _text(
        "explain.only_fired", lang, codes=codes_in_words(this.only_fired, lang)
    ),
    conditions.Is: lambda this, lang: f"{field_word(this.field, lang)}: {code_word(this.code, lang)}",
    conditions.In: lambda this, lang: f"{field_word(this.field, lang)}: {codes_in_words(this.codes, lang)}",
    conditions.ContainsAny: lambda this, lang: f"{field_word(this.field, lang)}: {codes_in_words(this.codes, lang)}",
    conditions.NotEmpty: lambda this, lang: _of_field("explain.not_empty", this, lang),
    conditions.CountAtLeast: lambda this, lang: _of_field("explain.count", this, lang, count=this.count),
    conditions.Some: lambda this, lang: _text(
        "explain.some", lang, field=field_word(this.some, lang), where=describe(this.where, lang)
    ),
    conditions.WorkingDaysSince: lambda this, lang: _of_field("explain.days", this, lang, days=this.days),
}
