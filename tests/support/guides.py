"""The commands of a guide, as whoever reads it would type them.

A fenced block ``sh`` is run by a test; ``console`` is shown and not run, and the text before it says why.
"""

import re
from dataclasses import dataclass
from pathlib import Path

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
HEADING = re.compile(r"^(#{2,4}) (.+)$")
FENCE = re.compile(r"^\s*```(\w*)\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a guide."""

    heading: str
    """The nearest heading above it."""
    language: str
    text: str


def blocks(guide: str) -> list[Block]:
    """Every fenced block of a guide (``operator.md``), in its order."""
    found: list[Block] = []
    heading, language = "", None
    lines: list[str] = []
    for line in (GUIDES / guide).read_text().splitlines():
        fence = FENCE.match(line)
        if fence is None and language is None:
            matched = HEADING.match(line)
            heading = matched[2] if matched else heading
        elif fence is None:
            lines.append(line)
        elif language is None:
            language, lines = fence[1], []
        else:
            found.append(Block(heading, language, "\n".join(lines)))
            language = None
    return found


def commands(guide: str, heading: str) -> list[str]:
    """The blocks ``sh`` under a heading, which the test of that section runs.

    Raises:
        AssertionError: there is none: the heading was renamed, or its commands are gone.
    """
    found = [each.text for each in blocks(guide) if each.heading == heading and each.language == "sh"]
    assert found, f"{guide} has no commands under {heading!r}"
    return found
