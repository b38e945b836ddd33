"""What was disclosed to an agency, in words: every answer with its name, none as a code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.chassis.locales import Translator
from services.referral.disclosures.schemas import ReferralDisclosure

ORDER = ("age_band", "sex", "language", "interpreter_needed", "shelter", "planned_departure", "safe_contact")
"""How the person is, how they are spoken to and reached: read first."""
LANGUAGE, SHELTER, DATES = "language", "shelter", frozenset({"entry_date"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer."""

    name: str
    values: Sequence[str]
    is_new: bool
    """Whether it is another than when the desk last acted."""


def facts(read: ReferralDisclosure, say: Translator) -> list[Fact]:
    """The answers in words, those about the person first; those that are no longer told have no value."""
    return facts_of(read.disclosed, read.changed, say)


def facts_of(disclosed: Mapping[str, Any], changed: Sequence[str], say: Translator) -> list[Fact]:
    """Answers by name in words; ``changed``: the names of those that are other than when the desk last acted."""
    return list(_facts(disclosed, changed, say))


def _facts(disclosed: Mapping[str, Any], changed: Sequence[str], say: Translator) -> Iterator[Fact]:
    names = [*(name for name in ORDER if name in disclosed), *(name for name in disclosed if name not in ORDER)]
    for name in [*names, *(one for one in changed if one not in disclosed)]:
        yield Fact(field_in_words(name, say), values_in_words(name, disclosed.get(name), say), name in changed)


def field_in_words(name: str, say: Translator) -> str:
    """The name of an answer."""
    return say.first(f"field.{name}", "disclosed.other_field")


def values_in_words(name: str, value: Any, say: Translator) -> list[str]:
    """The value of an answer: one text, or one for each element of a list."""
    if value is None:
        return []
    if isinstance(value, list):
        return [one for element in value for one in values_in_words(name, element, say)]
    if isinstance(value, Mapping):
        return [_event(value, say)]
    return [_code(name, value, say)]


def _event(parts: Mapping[str, Any], say: Translator) -> str:
    """A harm event: what, and as far as it is told when."""
    what = _code("kind", parts["kind"], say)
    return f"{what} ({_code('when', parts['when'], say)})" if "when" in parts else what


def _code(name: str, value: Any, say: Translator) -> str:
    code = str(value).lower() if isinstance(value, bool) else str(value)
    if name == SHELTER:
        return code
    if name == LANGUAGE:
        return language_in_words(code, say)
    if name in DATES and code != "unknown":
        return f"{date.fromisoformat(code):%d/%m/%Y}"
    if code[:1].isdigit() and name == "age_band":
        least, _, most = code.rstrip("+").partition("-")
        return say("age.between", least=least, most=most) if most else say("age.or_more", least=least)
    return say.first(f"answer_of.{name}.{code}", f"answer.{code}", "disclosed.other_answer")


def language_in_words(tag: str, say: Translator) -> str:
    """A language by its name: the region's own ones are in the catalogue, since Babel lacks most of them."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - loaded only when a disclosure is shown

    code = tag.partition("-")[0].lower()
    own = say.find(f"tongue.{code}", otherwise="")
    if own:
        return own
    try:
        known = Locale.parse(say.locale).languages.get(code)
    except (UnknownLocaleError, ValueError):
        known = None
    return str(known) if known else say("tongue.other", code=tag)
