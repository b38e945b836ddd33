"""Describes each event in a sentence, in Spanish and English, for people who read a history."""

from collections.abc import Mapping

from events.contract import Event, Recorded
from services.audit.prose import (
    altered,
    authorities,
    break_glass,
    continuity,
    devices,
    exports,
    intake,
    notifications,
    obligations,
    operations,
    readings,
    referral,
    security,
    silence,
    tampering,
    what_if,
)
from services.audit.prose.glossary import WORDS
from services.audit.prose.sentence import Describer, Sentence
from services.chassis.locales import ENGLISH, SPANISH

DESCRIBERS: Mapping[type[Event], Describer] = {
    **intake.DESCRIBERS,
    **authorities.DESCRIBERS,
    **continuity.DESCRIBERS,
    **devices.DESCRIBERS,
    **referral.DESCRIBERS,
    **notifications.DESCRIBERS,
    **silence.DESCRIBERS,
    **break_glass.DESCRIBERS,
    **exports.DESCRIBERS,
    **obligations.DESCRIBERS,
    **operations.DESCRIBERS,
    **readings.DESCRIBERS,
    **security.DESCRIBERS,
    **tampering.DESCRIBERS,
    **what_if.DESCRIBERS,
}
"""One for each event; a test proves that none is missing."""


def describe_in(locale: str, fact: Recorded[Event]) -> str:
    """One fact as a sentence in a language (``es``, ``en``)."""
    kind = type(fact.event)
    describer = altered.DESCRIBERS.get(kind) or DESCRIBERS[kind]
    return describer(fact.event, WORDS(locale))


def describe(fact: Recorded[Event]) -> Sentence:
    """One fact as a sentence in Spanish and in English."""
    return Sentence(describe_in(SPANISH, fact), describe_in(ENGLISH, fact))


__all__ = ["DESCRIBERS", "Sentence", "describe", "describe_in"]
