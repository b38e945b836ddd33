"""The texts that are read to a person before they decide, as a page shows them: in paragraphs, in one language."""

import re
from dataclasses import dataclass

from services.intake.wordings import Use, Wording, current_wording, text_of

_NEW = re.compile(r"\d+\. |_")
"""What begins a paragraph though no empty line is before it."""


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """A text, and the version that a receipt will name."""

    wording: Wording
    paragraphs: tuple[str, ...]


def read_aloud(use: Use, language: str) -> ReadAloud:
    """The text of today in a language, or in Spanish."""
    wording = current_wording(use, language)
    return ReadAloud(wording, tuple(_paragraphs(text_of(wording))))


def _paragraphs(text: str) -> list[str]:
    """The paragraphs, without the ends of lines of a file."""
    title, note, *lines = text.splitlines()
    found = [title, note]
    ended = True
    for line in map(str.strip, lines):
        if not line:
            ended = True
        elif ended or _NEW.match(line):
            found.append(line)
            ended = False
        else:
            found[-1] += f" {line}"
    return found
