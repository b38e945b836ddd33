"""The words that an alert must not contain, and a search for them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, get_args

from events import answers, vocabulary
from events.vocabulary import AlertAbout, AuditView, ExportPurpose, ExportSelection, RiskCategory, ShownView, Urgency
from services.chassis.locales import COMPLETE, catalogue
from services.intake.submissions.document import places
from services.programme.directory_file import programme
from services.referral.disclosures.messages import TEXT_FIELD
from tests.support.system.system import sample_day

STEMS = """
    abus aband agre albergue amenaz asesor asil asylum atencion caso child delit detenid embaraz explot famil genero
    healt hij human incident indocument kidnap libertad madre medic menor migra mujer nacional nina nino origen padre
    pelig persona proteg refug retorn robo salud secuestr sexual shelter traf trata urgenc victim violac violen woman
    """.split()  # noqa: SIM905  # one stem per line would fill pages
"""Beginnings of words that would tell a neighbour, a smuggler or a husband something."""


def plain(text: str) -> str:
    """The text without accents, capitals and punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(one for one in letters if not unicodedata.combining(one))))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple | frozenset):
        for item in value:
            yield from texts(item)


def code_lists() -> Iterator[str]:
    """Every value of every list in a case, a referral or a person's answer."""
    for name in vars(answers):
        yield from texts([one for one in get_args(getattr(answers, name)) if isinstance(one, str)])
    lists = [kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, StrEnum)]
    said_by_every_alert, of_the_reader = {Urgency, AlertAbout}, {ExportPurpose, ExportSelection, ShownView, AuditView}
    for kind in set(lists) - said_by_every_alert - of_the_reader - {StrEnum}:
        yield from (str(member) for member in kind)


OF_MESSAGES = frozenset(TEXT_FIELD.values())
"""What desk and shelter write to each other is no answer of a person."""


def words_of_answers() -> Iterator[str]:
    """Every field, answer and fact of a case, and its words."""
    for locale in COMPLETE:
        for key, text in catalogue("services.referral")(locale).texts.items():
            group, _, code = key.partition(".")
            if group in {"field", "answer", "fact"} and code not in OF_MESSAGES:
                yield from (code, *text.forms)


def forbidden() -> frozenset[str]:
    """Everything an alert must not contain: codes, their words in both languages, places, names."""
    day = sample_day()
    everything = [
        *code_lists(),
        *words_of_answers(),
        *texts(programme()["shelters"]),
        *texts(programme()["agencies"]),
        *places.alpha_3(),
        *(f"MX-{state}" for state in places.states_of_mexico()),
        *(part for one in day for part in one.get("person", {}).get("name", "").split()),
        *(one.get("person", {}).get(field, "") for one in day for field in ("document", "phone", "notes")),
        *(one["worker"] for one in day),
    ]
    return frozenset(plain(text) for text in everything if len(plain(text)) > 1)


FORBIDDEN = forbidden()
CATEGORIES = frozenset(plain(category) for category in RiskCategory)


def revealed_by(text: str) -> set[str]:
    """The forbidden words in a text."""
    read = plain(text)
    whole = {word for word in FORBIDDEN if f" {word} " in f" {read} "}
    return whole | {stem for stem in map(plain, STEMS) if any(word.startswith(stem) for word in read.split())}


def revealed_by_code(code: str) -> set[str]:
    """The forbidden words that four characters contain, also by chance."""
    read = plain(code)
    return {word for word in FORBIDDEN if len(word) > 2 and word in read} | {one for one in CATEGORIES if one in read}
