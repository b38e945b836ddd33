"""Text on the sign-in pages stands out from what is behind it (WCAG 2.2, 1.4.3: 4.5 to 1)."""

import re

import pytest

from services.chassis.web.templating import STYLE


def colour(selector: str, name: str) -> str:
    """What the style says, e.g. ``#0b5394`` or ``inherit``."""
    for selectors, rules in re.findall(r"([^{}]+)\{([^}]*)\}", STYLE):
        if selector in [one.strip() for one in selectors.split(",")]:
            found = re.search(rf"(?:^|;|\s){name}:([^;}}]+)", rules)
            if found:
                return found[1].strip()
    raise AssertionError(f"{selector} has no {name}")


def luminance(written: str) -> float:
    digits = written.lstrip("#")
    full = digits if len(digits) == 6 else "".join(2 * one for one in digits)
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("text", "behind"),
    [("body", "body"), (".en", "body"), (".en", ".fault"), ("body", ".fault"), ("a", "body"), ("button", "button")],
)
def test_text_stands_out_from_what_is_behind_it(text: str, behind: str) -> None:
    assert contrast(colour(text, "color"), colour(behind, "background")) >= 4.5


def test_the_english_on_a_button_has_the_buttons_colour_and_not_that_of_text_on_paper() -> None:
    assert contrast(colour(".en", "color"), colour("button", "background")) < 4.5
    assert colour("button .en", "color") == "inherit"
