"""A sentence in the two languages of the programme."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened."""

    es: str
    en: str


def said(es: str, en: str) -> Callable[[Any], Sentence]:
    """A teller of a sentence that only the agency and the shelter go into."""
    return lambda event: Sentence(
        es.format(agency=event.agency, shelter=event.shelter), en.format(agency=event.agency, shelter=event.shelter)
    )
