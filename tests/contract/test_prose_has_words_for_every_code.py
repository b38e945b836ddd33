"""An auditor reads Spanish: no code of any of our lists stands untranslated in a sentence of the history."""

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any, get_args

import pytest

from events import vocabulary
from events.continuity import AnswersRead
from events.contract import Event
from services.audit.prose import describe
from services.audit.prose.glossary import WORDS, fields_in_words
from services.intake.submissions.document.consent import DISCLOSABLE
from services.referral.disclosures.domain import DISCLOSURE
from services.referral.disclosures.messages import TEXT_FIELD as TEXTS
from services.referral.escalation.policy import load_escalation_policy
from services.referral.routing.policy import load_rules
from tests.contract.golden_events import EVENTS, a_fact, named

NAMES = {vocabulary.Agency, vocabulary.RestrictedRecipient, vocabulary.RiskCategory, vocabulary.Urgency}
"""What people there call by these very codes."""
LISTS = [
    one
    for one in vars(vocabulary).values()
    if isinstance(one, type) and issubclass(one, StrEnum) and one is not StrEnum
]
SPANISH = {"no", "legal", "hospital"}
"""Codes that are Spanish words of the same meaning."""
CODES = {code.value for one in LISTS if one not in NAMES for code in one} - SPANISH
SAMPLE = re.compile(r"ejemplo[\w-]*")
"""What stands in a golden sample for a text without a list."""


def codes_of(annotation: Any) -> Iterator[type[StrEnum]]:
    """The code lists that a field's values are of."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield annotation
    for inner in get_args(annotation):
        yield from codes_of(inner)


def variants(event: type[Event]) -> Iterator[Event]:
    """The golden sample with each code of each of its fields in turn."""
    fact = a_fact(event).event
    yield fact
    for name, field in event.model_fields.items():
        for one in codes_of(field.annotation):
            for code in one:
                several = isinstance(getattr(fact, name), tuple)
                yield fact.model_copy(update={name: (code,) if several else code})


def worded(group: str) -> set[str]:
    """The codes of a group of keys."""
    return {key.removeprefix(f"{group}.") for key in WORDS("es").texts if key.startswith(f"{group}.")}


def untranslated(text: str) -> set[str]:
    return {code for code in CODES if re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", SAMPLE.sub("", text))}


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_every_sentence_is_told_in_words(event: type[Event]) -> None:
    fact = a_fact(event)
    for one in variants(event):
        told = describe(type(fact)(**{**fact.__dict__, "event": one}))
        assert untranslated(told.es) == set()


def test_a_code_that_is_not_translated_is_found() -> None:
    assert untranslated("OIM no decidió (deadline_missed).") == set(), "a rung is no list's: it has a test of its own"
    assert untranslated("OIM: no_capacity y steering.") == {"no_capacity", "steering"}
    assert untranslated("La mesa ejemplo-desk de ejemplo-agency.") == set()


def test_every_escalation_step_has_words() -> None:
    policy = load_escalation_policy()
    assert {step.name for path in (*policy.paths, *policy.caravan) for step in path.steps} <= worded("rung")


def test_what_a_shelter_may_read_and_read_is_told_in_words() -> None:
    for fields, es in (
        (("age_band", "language"), "edad e idioma"),
        (("all",), "todas las respuestas"),
        (("own",), "las que registró ese albergue"),
    ):
        fact = a_fact(AnswersRead)
        told = describe(replace(fact, event=AnswersRead(shelter="ALB-TAP-01", fields=fields)))
        assert told.es == f"El albergue ALB-TAP-01 leyó respuestas selladas: {es}."


def test_everything_that_can_be_read_has_words() -> None:
    read = {*DISCLOSABLE, *TEXTS.values(), *load_rules().policy.discloses.always, "justification", DISCLOSURE}
    assert {name.partition(".")[0] for name in read} <= worded("field")
    names = ["age_band", "pregnancy.pregnant", "pregnancy.danger_signs", "something_new"]
    assert fields_in_words(names, WORDS("es")) == "edad, embarazo y otra respuesta"
    assert fields_in_words(names, WORDS("en")) == "age, pregnancy and another answer"
