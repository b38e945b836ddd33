"""Whatever may be disclosed is shown in words, in Spanish and English: no answer as a code."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from services.chassis.locales import COMPLETE, SPANISH, catalogue
from services.referral.disclosures.schemas import ReferralDisclosure
from services.referral.lifecycle.schemas import BODIES
from services.referral.pages.disclosed import facts, field_in_words, language_in_words, values_in_words
from services.referral.pages.steps import AT_ONCE, LIKELY_FIRST
from services.referral.routing.fields import CODES, DATES, ELEMENTS, LISTS
from services.referral.routing.rule_table import AlwaysDisclosed


def every_answer() -> Iterator[tuple[str, Any]]:
    for name, codes in {**CODES, **LISTS}.items():
        yield from ((name, code) for code in codes)
    for parts in ELEMENTS.values():
        yield from (("harm_events", {"kind": kind, "when": when}) for kind in parts["kind"] for when in parts["when"])
        yield from (("perpetrator", code) for code in parts["perpetrator"])
    for name in DATES:
        yield from ((name, value) for value in ("2013-06-01", "unknown"))


@pytest.mark.parametrize("locale", COMPLETE)
def test_every_answer_and_every_field(locale: str) -> None:
    say = catalogue("services.referral.pages")(locale)
    missing = []
    for name, value in every_answer():
        (said,) = values_in_words(name, value, say)
        if say("disclosed.other_answer") in said or "_" in said or (locale == SPANISH and said == value != "no"):
            missing.append((name, value))
    fields = {*CODES, *LISTS, *ELEMENTS, *DATES, *get_args(AlwaysDisclosed)}
    missing += [(name, "") for name in fields if field_in_words(name, say) == say("disclosed.other_field")]
    assert missing == []


def test_an_answer_is_not_said_in_another_fields_words() -> None:
    say = catalogue("services.referral.pages")("es")
    assert values_in_words("planned_departure", "72h", say) == ["en 72 horas"]
    assert values_in_words("harm_events", [{"kind": "robbery", "when": "72h"}], say) == [
        "robo (hace menos de 72 horas)"
    ]
    assert values_in_words("safe_contact", "none", say) == ["no hay manera segura"]


@pytest.mark.parametrize(
    ("tag", "es", "en"),
    [
        ("mam", "mam", "Mam"),
        ("quc", "k'iche'", "K'iche'"),
        ("ht", "criollo haitiano", "Haitian Creole"),
        ("hat", "criollo haitiano", "Haitian Creole"),
        ("es-MX", "español", "Spanish"),
        ("xxx", "otra lengua (xxx)", "another language (xxx)"),
    ],
)
def test_a_language_has_its_name(tag: str, es: str, en: str) -> None:
    words = catalogue("services.referral.pages")
    assert (language_in_words(tag, words("es")), language_in_words(tag, words("en"))) == (es, en)


def test_what_is_no_longer_told_is_named_and_has_no_value() -> None:
    read = ReferralDisclosure.model_validate(
        {
            "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
            "agency": "ACNUR",
            "basis": "consent",
            "refusal_shown": False,
            "bodies": [],
            "disclosed": {"needs": ["legal"], "sex": "F"},
            "changed": ["needs", "language"],
        }
    )
    found = [
        (one.name, list(one.values), one.is_new) for one in facts(read, catalogue("services.referral.pages")("es"))
    ]
    assert found == [
        ("sexo", ["mujer"], False),
        ("necesidades", ["asesoría legal"], True),
        ("idioma", [], True),
    ]


@pytest.mark.parametrize("locale", COMPLETE)
def test_every_step_has_its_place_and_says_what_was_done(locale: str) -> None:
    say = catalogue("services.referral.pages")(locale)
    assert set(LIKELY_FIRST) == BODIES.keys()
    assert len(set(LIKELY_FIRST)) == len(LIKELY_FIRST)
    for step in BODIES:
        assert say(f"done.{step}")
        assert (f"step_means.{step}" in say.texts) == (step not in AT_ONCE)
