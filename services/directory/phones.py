"""The printed phone list of a shelter, for a day without a network: desks, hours, numbers (A4, in Spanish).

The directory holds no telephones: numbers come from the installation's contacts. Where there is none, the list has a
blank to write on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.chassis.locales import SPANISH, Translator, catalogue
from services.directory.faults import own_desks
from services.directory.model import Directory

BLANK = "____________________"
WIDTH = 90
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ADVICE = ("phones.without_a_referral", "phones.no_names")

_WORDS = catalogue(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A desk's line on the list."""

    who: str
    when: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhoneList:
    """A phone list: of one shelter, or of the whole programme."""

    title: str
    emergency: str
    lines: tuple[Line, ...]


def numbers_in(path: Path) -> dict[str, list[str]]:
    """The telephones in an installation's contacts file, by desk; other channels are ignored.

    Raises:
        ValueError: it is no contacts file; the message quotes nothing of it.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found: dict[str, Any] = {desk: entry.get("phone") for desk, entry in (content or {}).items()}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError):
        raise ValueError("no contacts file") from None
    return {desk: [str(number) for number in numbers] for desk, numbers in found.items() if isinstance(numbers, list)}


def phone_list(directory: Directory, numbers: Mapping[str, Sequence[str]], shelter: str | None = None) -> PhoneList:
    """Each agency's desk for the shelter's state and its round-the-clock desk; without a shelter, every desk.

    The independent focal point for abuse by aid workers is included: anybody may call it.
    """
    say = _WORDS(SPANISH)
    if shelter is None:
        codes = [(code, desk.agency) for code, desk in directory.duty_desks.items()]
        title = say("phones.of_the_programme")
    else:
        state = directory.shelters[shelter].state
        codes = [
            (code, agency)
            for agency, entry in directory.agencies.items()
            for code in (*own_desks(directory, agency, state), entry.fallback)
        ]
        title = say("phones.of_a_shelter", shelter=shelter)
    lines = [
        Line(f"{agency} ({code})", hours_in_words(directory, code), tuple(numbers.get(code, ())))
        for code, agency in codes
    ]
    return PhoneList(title, directory.emergency, tuple(lines))


def hours_in_words(directory: Directory, code: str, locale: str = SPANISH) -> str:
    """A desk's hours in a language: «lun-vie 09:00-18:00»."""
    say, desk = _WORDS(locale), directory.duty_desks[code]
    if desk.open.always:
        return say("hours.always")
    hours = "; ".join(_span(text, say) for text in desk.hours)
    return hours if desk.open_on_holidays else say("hours.not_on_holidays", hours=hours)


def plain(sheet: PhoneList) -> str:
    """The list as plain text, the emergency number first."""
    return "\n".join(_plain(sheet)) + "\n"


def page(sheet: PhoneList) -> str:
    """The list as one A4 page of HTML that loads nothing, and may not: its policy is in it."""
    from services.chassis.web.pages.sheets import Sheet  # noqa: PLC0415 - the plain list does not need them
    from services.chassis.web.pages.templating import PageTemplates  # noqa: PLC0415 - likewise

    paper = Sheet(PageTemplates(__name__, "templates"), "phones.html")
    return paper.render(SPANISH, sheet=sheet, blank=BLANK, policy=paper.policy)


def advice() -> list[str]:
    """The sentences above every list."""
    return [_WORDS(SPANISH)(key) for key in ADVICE]


def _plain(sheet: PhoneList) -> Iterator[str]:
    yield sheet.title
    yield "=" * WIDTH
    yield _WORDS(SPANISH)("phones.emergency", number=sheet.emergency)
    yield from advice()
    yield "-" * WIDTH
    for line in sheet.lines:
        yield f"{line.who:<32}{' / '.join(line.numbers) or BLANK}"
        yield f"    {line.when}"


def _span(text: str, say: Translator) -> str:
    """A span with its days in words; consecutive days are shortened to first-last."""
    *days, hours = text.split()
    words = [say(f"day.{day}") for day in days]
    if len(days) > 2 and DAYS.index(days[-1]) - DAYS.index(days[0]) == len(days) - 1:
        return f"{words[0]}-{words[-1]} {hours}"
    return f"{', '.join(words)} {hours}"
