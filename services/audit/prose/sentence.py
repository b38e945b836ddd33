"""Sentences of a history. Their words are in the catalogue; the describers choose among them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.chassis.locales import Translator

Describer: TypeAlias = Callable[[Any, Translator], str]
"""Describes an event in the language of a translator."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A description in the two languages of the programme."""

    es: str
    en: str


def plain(key: str) -> Describer:
    """A describer whose sentence needs only the event's fields, by their names."""
    return lambda event, say: say(key, **dict(event))


def sentences(*parts: str | None) -> str:
    """Joins the sentences that are not ``None``."""
    return " ".join(part for part in parts if part)
