"""The desks' load as a picture, drawn on the server; its table always stands beside it."""

from collections.abc import Sequence
from typing import Any

import leather
from leather import theme

from services.chassis.locales import Translator
from services.referral.what_if.schemas import Load

BEFORE, AFTER = "#5b6770", "#0b5cad"
"""The bars as it was and as it would have been; each is named in words, too."""
ROW, LEAST, WIDTH = 26, 140, 480
"""Pixels of a bar, of the rest of the picture, and of its width."""
FONT = "system-ui, sans-serif"
_FONTS = ("title_font_family", "legend_font_family", "axis_title_font_family", "tick_font_family")


def load_chart(load: Sequence[Load], say: Translator) -> str:
    """An SVG with two bars for each agency whose two numbers are shown; the table says why others are not."""
    rows: list[tuple[int, str]] = []
    for one in load:
        before, after = one.sent.before.value, one.sent.after.value
        if before is not None and after is not None:
            name = one.agency.replace("_", " ")
            rows += [(before, f"{name}, {say('what_if.before')}"), (after, f"{name}, {say('what_if.after')}")]
    for font in _FONTS:
        setattr(theme, font, FONT)
    theme.label_color = theme.axis_title_color = "#333"
    theme.background_color = "#fff"
    chart = leather.Chart(say("what_if.chart"))
    if not rows:
        rows = [(0, say("what_if.chart_is_empty"))]
    after_word = say("what_if.after")

    def colour(bar: Any) -> str:
        return AFTER if bar.y.endswith(after_word) else BEFORE

    chart.add_bars(rows, fill_color=colour)
    chart.add_x_scale(0, max(10, *(number for number, _ in rows)))
    svg: str = chart.to_svg(width=WIDTH, height=LEAST + ROW * len(rows))
    return svg
