"""The words for answers and codes in an explanation."""

from typing import Any, Literal

from services.chassis.locales import catalogue

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
