"""The code lists of a submission (domain.md §4), each with the words that a person reads.

A form of somebody else's software is filled in with the same codes and the same words as ours.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import get_args

import pycountry
from babel import Locale, UnknownLocaleError

from events import answers
from events.vocabulary import (
    Agency,
    CaseKind,
    ConsentDecision,
    ConsentForm,
    ConsentGiver,
    ConsentPurpose,
    RestrictedRecipient,
)
from services.chassis.locales import Translator, glossary
from services.intake.reference.schemas import Code, CodeList, CodeLists
from services.intake.submissions.document.places import alpha_2, alpha_3, states_of_mexico

CHOICES: Mapping[str, tuple[str, ...]] = {
    "yes_no": get_args(answers.YesNo),
    "yes_no_unsure": get_args(answers.YesNoUnsure),
    "answer": get_args(answers.Answer),
    "age_band": get_args(answers.AgeBand),
    "age_certainty": get_args(answers.AgeCertainty),
    "accompaniment": get_args(answers.Accompaniment),
    "travelling": get_args(answers.Travelling),
    "sex": get_args(answers.Sex),
    "protection_status": get_args(answers.ProtectionStatus),
    "harm_kind": get_args(answers.HarmKind),
    "harm_time": get_args(answers.HarmTime),
    "perpetrator": get_args(answers.Perpetrator),
    "trafficking_indicator": get_args(answers.TraffickingIndicator),
    "smuggling_indicator": get_args(answers.SmugglingIndicator),
    "work_abuse": get_args(answers.WorkAbuse),
    "pregnant": get_args(answers.Pregnant),
    "functioning": get_args(answers.Functioning),
    "distress": get_args(answers.Distress),
    "self_declared": get_args(answers.SelfDeclared),
    "departure": get_args(answers.Departure),
    "safe_contact": get_args(answers.SafeContact),
    "need": get_args(answers.Need),
    "assent": get_args(answers.Assent),
    "best_interests_basis": get_args(answers.BestInterestsBasis),
}
"""The answers to questions: their words are ``choice.<list>.<code>``."""
NAMED: Mapping[str, tuple[str, Sequence[str]]] = {
    "kind": ("kind.", tuple(CaseKind)),
    "recipient": ("agency.", tuple(Agency)),
    "restricted_recipient": ("restricted.", tuple(RestrictedRecipient)),
    "decision": ("consent.", tuple(ConsentDecision)),
    "purpose": ("purpose.", tuple(ConsentPurpose)),
    "given_by": ("consent_giver.", tuple(ConsentGiver)),
    "how": ("consent_form.", tuple(ConsentForm)),
}
"""The codes that have words of their own elsewhere in the glossary: the beginning of their keys, and the codes."""
NOT_COUNTRIES = ("stateless", "unknown")


@cache
def code_lists(language: str) -> CodeLists:
    """Every list in a language; what is not translated is in Spanish."""
    say = glossary()(language)
    lists = [
        *(CodeList(name=name, codes=[_code(say, f"choice.{name}.", one) for one in CHOICES[name]]) for name in CHOICES),
        *(
            CodeList(name=name, codes=[_code(say, begin, one) for one in codes])
            for name, (begin, codes) in NAMED.items()
        ),
        CodeList(name="country", codes=_countries(say)),
        CodeList(name="place", codes=[Code(code=code, words=words) for code, words in places(say.locale)]),
    ]
    written = json.dumps([one.model_dump(mode="json") for one in lists], ensure_ascii=False, sort_keys=True)
    return CodeLists(language=say.locale, version=hashlib.sha256(written.encode()).hexdigest()[:16], lists=lists)


def choice_words(say: Translator, name: str) -> list[tuple[str, str]]:
    """The codes of a list of answers, each with its words."""
    return [(code, say(f"choice.{name}.{code}")) for code in CHOICES[name]]


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Three-letter codes and names of every country, by name."""
    names = _territories(language)
    found = ((one.alpha_3, names.get(one.alpha_2, one.name)) for one in pycountry.countries if one.alpha_3 in alpha_3())
    return tuple(sorted(found, key=lambda pair: pair[1]))


@cache
def places(language: str) -> tuple[tuple[str, str], ...]:
    """Where something happened: the states of Mexico, then the countries by their two letters."""
    divisions = pycountry.subdivisions.get(country_code="MX")  # type: ignore[no-untyped-call]
    states = ((one.code, one.name) for one in divisions if one.code.removeprefix("MX-") in states_of_mexico())
    names = _territories(language)
    abroad = ((code, names.get(code, code)) for code in alpha_2() if code != "MX")
    return (*sorted(states, key=lambda pair: pair[1]), *sorted(abroad, key=lambda pair: pair[1]))


def _countries(say: Translator) -> list[Code]:
    known = [Code(code=code, words=words) for code, words in countries(say.locale)]
    return [*known, *(Code(code=code, words=say(f"answer.{code}")) for code in NOT_COUNTRIES)]


def _code(say: Translator, begin: str, code: str) -> Code:

    explained = f"plain.{begin}{code}"
    return Code(code=code, words=say(begin + code), explanation=say.find(explained, otherwise="") or None)


def _territories(language: str) -> Mapping[str, str]:
    try:
        return Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return Locale.parse("es").territories
