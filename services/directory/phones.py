"""The phone list that a shelter pins to its wall: whom to call without a network, at which hours (A4, Spanish first).

The directory knows no telephone: numbers come from the installation's contacts, and where there is none a line is left
to write on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

from services.directory.faults import own_desks
from services.directory.model import Directory

BLANK = "____________________"
WIDTH = 90
DAYS_ES = {"MO": "lun", "TU": "mar", "WE": "mié", "TH": "jue", "FR": "vie", "SA": "sáb", "SU": "dom"}


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody who can be called."""

    who: str
    when: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhoneList:
    """One sheet: for a shelter, or for every desk of the programme."""

    title: str
    emergency: str
    lines: tuple[Line, ...]


def numbers_in(path: Path) -> dict[str, list[str]]:
    """The telephones of an installation's contacts file, by desk; whatever else stands there is not looked at.

    Raises:
        ValueError: it is not such a file. Says nothing of what stands in it.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found: dict[str, Any] = {desk: entry.get("phone") for desk, entry in (content or {}).items()}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError):
        raise ValueError("no contacts file") from None
    return {desk: [str(number) for number in numbers] for desk, numbers in found.items() if isinstance(numbers, list)}


def phone_list(directory: Directory, numbers: Mapping[str, Sequence[str]], shelter: str | None = None) -> PhoneList:
    """Every agency's desk for a shelter's state and the one of every hour; without a shelter, every desk.

    The independent focal point for abuse by staff is on it too: anybody may call it.
    """
    if shelter is None:
        codes = [(code, desk.agency) for code, desk in directory.duty_desks.items()]
        title = "Mesas de guardia del programa"
    else:
        state = directory.shelters[shelter].state
        codes = [
            (code, agency)
            for agency, entry in directory.agencies.items()
            for code in (*own_desks(directory, agency, state), entry.fallback)
        ]
        title = f"Teléfonos de las mesas de guardia · {shelter}"
    lines = [
        Line(f"{agency} ({code})", hours_in_words(directory, code), tuple(numbers.get(code, ())))
        for code, agency in codes
    ]
    return PhoneList(title, directory.emergency, tuple(lines))


def hours_in_words(directory: Directory, code: str) -> str:
    """As people read hours: «lun-vie 09:00-18:00»."""
    desk = directory.duty_desks[code]
    if desk.open.always:
        return "las 24 horas"
    return "; ".join(_span(text) for text in desk.hours) + (
        "" if desk.open_on_holidays else " (no en días de descanso)"
    )


def plain(sheet: PhoneList) -> str:
    """For any printer: the emergency number first."""
    return "\n".join(_plain(sheet)) + "\n"


def page(sheet: PhoneList) -> str:
    """One A4 page that asks for nothing from anywhere."""
    rows = "\n".join(
        f"<tr><th scope=row>{escape(line.who)}</th><td>{escape(line.when)}</td>"
        f"<td>{escape(' / '.join(line.numbers) or BLANK)}</td></tr>"
        for line in sheet.lines
    )
    return f"""<!doctype html>
<html lang="es"><head><meta charset="utf-8"><title>{escape(sheet.title)}</title>
<style>@page {{ size: A4; margin: 15mm }} body {{ font: 12pt sans-serif; color: #000; background: #fff }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ border-bottom: 1px solid #000; padding: 2mm; text-align: left }}
.emergency {{ font-size: 28pt; font-weight: bold }}</style></head>
<body><h1>{escape(sheet.title)}</h1>
<p class="emergency">{_emergency(sheet)}</p>
<p>{" ".join(ADVICE)}</p>
<table><thead><tr><th>Mesa</th><th>Horario</th><th>Teléfono</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


ADVICE = (
    "El número de emergencia, el hospital y un lugar seguro no necesitan una canalización.",
    "No deje nombres por teléfono.",
)


def _emergency(sheet: PhoneList) -> str:
    return f"EMERGENCIA: {sheet.emergency}"


def _plain(sheet: PhoneList) -> Iterator[str]:
    yield sheet.title
    yield "=" * WIDTH
    yield _emergency(sheet)
    yield from ADVICE
    yield "-" * WIDTH
    for line in sheet.lines:
        yield f"{line.who:<32}{' / '.join(line.numbers) or BLANK}"
        yield f"    {line.when}"


def _span(text: str) -> str:
    """The days of a span in Spanish; those that follow each other as from and to."""
    *days, hours = text.split()
    order = list(DAYS_ES)
    if len(days) > 2 and order.index(days[-1]) - order.index(days[0]) == len(days) - 1:
        return f"{DAYS_ES[days[0]]}-{DAYS_ES[days[-1]]} {hours}"
    return f"{', '.join(DAYS_ES[day] for day in days)} {hours}"
