"""A refused document in words: the names of its fields, what was answered, and what may be answered instead."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events.consent_rules import ALL_FIELDS
from services.chassis.locales import ENGLISH, Translator
from services.intake.pages.register_questions import LANGUAGES
from services.intake.reference.code_lists import CHOICES, NAMED, NOT_COUNTRIES, countries, places
from services.intake.refusals.repairs import UNKNOWN, Repair, RepairKind, codes_at, is_known

IN_PARTS = ("screening", "person")
"""Parts whose fields are shown each for itself."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A field and what was answered."""

    name: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """A field that is asked again. ``chosen``: what is filled in."""

    key: str
    name: str
    kind: RepairKind
    options: Sequence[tuple[str, str]]
    needed: bool
    chosen: Sequence[str]


def field_in_words(path: str, say: Translator) -> str:
    """The name of a field by its path, as faults name it."""
    steps = [step for step in path.split(".") if not step.isdigit()]
    last = steps[-1]
    own = "document_field." + "_".join(steps)
    return say.first(
        own, f"field.{'.'.join(steps[1:])}", f"field.{last}", f"document_field.{last}", "document_field.other"
    )


def fault_in_words(code: str, es: str, en: str, say: Translator) -> str:
    """What is wrong with a field, for people: the sentences of the API are for whoever writes programs."""
    return say.find(f"page_fault.{code}", otherwise=en if say.locale == ENGLISH else es)


def question_of(repair: Repair, say: Translator, chosen: Sequence[str] = ()) -> Question:
    """What is asked about a field."""
    name = say("document_field.unknown_fields") if repair.path == UNKNOWN else field_in_words(repair.path, say)
    options = [(code, _code(repair.options, code, say)) for code in repair.options]
    kind = repair.kind
    if kind is RepairKind.TEXT and (listed := _listed(repair.path, say)):
        kind, options = RepairKind.ONE, listed
    return Question(repair.key, name, kind, options, repair.needed, chosen)


def _listed(path: str, say: Translator) -> list[tuple[str, str]]:
    """What a field without codes of our own is chosen from."""
    match path.rpartition(".")[2]:
        case "country_origin":
            return [*countries(say.locale), *((code, say(f"answer.{code}")) for code in NOT_COUNTRIES)]
        case "language":
            return list(LANGUAGES)
        case "where":
            return list(places(say.locale))
    return []


def answered(document: Mapping[str, Any], say: Translator) -> list[Answered]:
    """What was sent, field by field, those of the person and of the answers each for itself."""
    return list(_answered(document, say))


def parsed(document: str) -> dict[str, Any] | None:
    """The document; ``None``: it is none."""
    try:
        content = json.loads(document)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _answered(document: Mapping[str, Any], say: Translator) -> Iterator[Answered]:
    for name, value in document.items():
        if name in IN_PARTS and isinstance(value, dict):
            for inner, one in value.items():
                path = f"{name}.{inner}"
                yield Answered(_name(path, say), list(_values(path, one, say)))
        elif name not in {"submission_id", "sent_at", "device"}:
            yield Answered(_name(name, say), list(_values(name, value, say)))


def _name(path: str, say: Translator) -> str:
    """A field's name; of one that the form does not have, what was written: whoever reads it opened the document."""
    words = field_in_words(path, say) if is_known(path) else path.rpartition(".")[2]
    return words[:1].upper() + words[1:]


def _values(path: str, value: Any, say: Translator) -> Iterator[str]:
    if isinstance(value, list):
        for place, one in enumerate(value):
            yield from _values(f"{path}.{place}", one, say)
    elif isinstance(value, dict):
        yield "; ".join(
            f"{field_in_words(f'{path}.{name}', say)}: {', '.join(_values(f'{path}.{name}', one, say))}"
            for name, one in value.items()
        )
    elif value is not None:
        yield _scalar(path, value, say)


def _scalar(path: str, value: Any, say: Translator) -> str:
    """A value in words: that of a code, if the field has codes and it is one."""
    code = str(value).lower() if isinstance(value, bool) else str(value)
    if path.split(".")[-2:-1] == ["fields"]:  # of a consent: the names of answers
        return say("document_field.all") if code == ALL_FIELDS else field_in_words(code, say)
    codes = codes_at(path)
    return _code(codes, code, say) if code in codes else code


def _code(codes: Sequence[str], code: str, say: Translator) -> str:
    """The words of a code of a list."""
    if tuple(codes) == ("true", "false"):
        return say(f"answer.{code}")
    for name, listed in CHOICES.items():
        if tuple(codes) == listed:
            return say(f"choice.{name}.{code}")
    for begin, listed_here in NAMED.values():
        if code in listed_here:
            return say(begin + code)
    return code
