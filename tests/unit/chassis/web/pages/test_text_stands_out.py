"""Text on pages stands out from what is behind it, by day and in the dark (WCAG 2.2, 1.4.3: 4.5 to 1)."""

import re

import pytest

from services.chassis.web.pages.assets import assets

STYLE = assets()["style.css"].content.decode()
LIGHT, DARK = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part)) for part in STYLE.split(":root")[1:3])
PAIRS = [
    ("ink", "paper"), ("ink", "raised"), ("ink", "over-paper"), ("soft", "paper"), ("soft", "raised"),
    ("accent", "paper"), ("accent", "raised"), ("on-accent", "accent"), ("bad", "bad-paper"), ("bad", "paper"),
    ("bad", "raised"), ("waiting", "waiting-paper"), ("waiting", "paper"), ("good", "good-paper"), ("good", "paper"),
]  # fmt: skip
"""What is written in which colour on which."""


def luminance(written: str) -> float:
    parts = [int(written[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["by day", "in the dark"])
@pytest.mark.parametrize(("text", "behind"), PAIRS)
def test_text_stands_out_from_what_is_behind_it(colours: dict[str, str], text: str, behind: str) -> None:
    assert contrast(colours[text], colours[behind]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["by day", "in the dark"])
@pytest.mark.parametrize("shown", ["edge", "focus"])
def test_the_edge_of_a_field_and_of_what_has_the_focus_is_seen(colours: dict[str, str], shown: str) -> None:
    assert contrast(colours[shown], colours["paper"]) >= 3


def test_a_colour_that_is_too_pale_is_found() -> None:
    assert contrast("#999999", "#ffffff") < 4.5
