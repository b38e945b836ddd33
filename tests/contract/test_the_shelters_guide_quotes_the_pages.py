"""The shelter's guide quotes buttons, headings and sentences as the pages have them."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

import services

ROOT = Path(services.__file__).parent
GUIDE = ROOT.parent / "docs" / "guides" / "shelter.md"
STEP = " → "


def said_by_pages() -> Iterator[str]:
    """Every Spanish text, whole and sentence by sentence; what is filled in is an ellipsis."""
    for path in ROOT.rglob("es.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                texts = [message.string] if isinstance(message.string, str) else message.string
                for text in texts or ():
                    written = re.sub(r"\{\w+\}", "…", text)
                    yield from (part.rstrip(".:") for part in (written, *re.split(r"(?<=[.;])\s", written)))


def test_whatever_the_shelters_guide_quotes_is_on_a_page() -> None:
    known = set(said_by_pages())
    quoted = re.findall("«([^»]+)»", GUIDE.read_text(encoding="utf-8").replace("\n", " "))
    steps = [step for quote in quoted for step in quote.split(STEP)]
    assert len(steps) > 20
    assert [step for step in steps if step not in known] == []
