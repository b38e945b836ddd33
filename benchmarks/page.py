"""The same run as a page: every aim, and plots drawn as SVG. One file, nothing loaded from anywhere."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.aims import Judged
from benchmarks.report import number

WIDTH, HEIGHT = 620, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 130, 34, 44
COLOURS = ("#0b6e4f", "#c8553d", "#3d5a80", "#8d6a9f", "#b08900", "#5c5c5c")

Line = tuple[str, Sequence[tuple[float, float]]]
"""A name and its points."""

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse}td,th{padding:.25rem .8rem;border-bottom:1px solid #ddd;text-align:left}
.no{color:#b3261e;font-weight:600}.yes{color:#0b6e4f}svg{max-width:100%;height:auto}text{font:12px system-ui,sans-serif}
"""


def page(results: Mapping[str, Any], judged: Sequence[Judged]) -> str:
    """The whole page."""
    parts = [_aims(judged)]
    if rows := results.get("end_to_end"):
        parts += [latency(rows, name) for name in ("p50", "p99")]
    if appended := results.get("append"):
        parts.append(appends(appended))
    if grown := results.get("growth"):
        parts.append(growth(grown))
    machine = "".join(
        f"<tr><th>{escape(name)}<td>{escape(str(value))}" for name, value in results["environment"].items()
    )
    notes = "".join(f"<li>{escape(name)}: {escape(note)}" for name, note in results.get("notes", {}).items())
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>canaliza: benchmarks</title>'
    end = f"<ul>{notes}</ul><h2>This run</h2><table>{machine}</table></html>\n"
    return f"{head}<style>{STYLE}</style><h1>canaliza: benchmarks</h1>{''.join(parts)}{end}"


def latency(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """A percentile by rate, a line for each contender."""
    lines = by_contender(rows, lambda row: (row["rate"], row["latency"].get(name)))
    return plot(f"Submission → alert committed, {name}", "submissions a second", "ms", lines)


def appends(appended: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Appends a second by callers, a line for each contender and share of repeats."""
    lines = [
        (f"{name} {share:.0%}", [(row["concurrent"], row["rate"]) for row in rows if row["repeated"] == share])
        for name, rows in appended.items()
        for share in sorted({row["repeated"] for row in rows})
    ]
    return plot("Append, by share of repeated commands", "callers at once", "a second", lines)


def growth(rows: Sequence[Mapping[str, Any]]) -> str:
    """Latency and processor time by what is stored."""
    lines = [
        ("p50 ms", [(row["events"], row["end_to_end"]["latency"]["p50"]) for row in rows]),
        ("p99 ms", [(row["events"], row["end_to_end"]["latency"]["p99"]) for row in rows]),
        ("CPU ms a case", [(row["events"], row["end_to_end"]["cpu_ms"]) for row in rows]),
    ]
    return plot("Growth", "stored events", "ms", lines)


def by_contender(
    rows: Sequence[Mapping[str, Any]], point: Callable[[Mapping[str, Any]], tuple[float, float | None]]
) -> list[Line]:
    """A line for each contender, of the points that there are, in ascending order."""
    names = dict.fromkeys(row["contender"] for row in rows if row["path"] == "in process")
    found: list[Line] = []
    for name in names:
        points = [point(row) for row in rows if row["contender"] == name and row["path"] == "in process"]
        found.append((name, sorted((x, y) for x, y in points if y is not None)))
    return found


def plot(title: str, across: str, up: str, lines: Sequence[Line]) -> str:
    """Lines between points, both axes logarithmic."""
    points = [point for _, line in lines for point in line if min(point) > 0]
    if not points:
        return ""
    x, y = (_axis([point[which] for point in points]) for which in (0, 1))

    def at(point: tuple[float, float]) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + wide * _share(point[0], x), HEIGHT - BOTTOM - high * _share(point[1], y)

    drawn = [f'<text x="{LEFT}" y="18" font-weight="600">{escape(title)}</text>']
    for tick in _ticks(x):
        place = at((tick, y[0]))[0]
        drawn.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        drawn.append(f'<text x="{place:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{number(tick)}</text>')
    for tick in _ticks(y):
        place = at((x[0], tick))[1]
        drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place:.1f}" y2="{place:.1f}" stroke="#eee"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">{number(tick)}</text>')
    drawn.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">{escape(across)} → · {escape(up)} ↑</text>')
    for index, (name, line) in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        places = [at(point) for point in line if min(point) > 0]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3" fill="{colour}"/>' for left, top in places]
        drawn.append(f'<text x="{WIDTH - RIGHT + 8}" y="{TOP + 12 + 18 * index}" fill="{colour}">{escape(name)}</text>')
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="{escape(title)}">'
        f"{''.join(drawn)}</svg>\n"
    )


def _axis(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low / 2, high * 2)


def _share(value: float, axis: tuple[float, float]) -> float:
    return math.log(value / axis[0]) / math.log(axis[1] / axis[0])


def _ticks(axis: tuple[float, float]) -> list[float]:
    powers = range(math.floor(math.log10(axis[0])), math.ceil(math.log10(axis[1])) + 1)
    steps = (1,) if len(powers) > 3 else (1, 2, 5)
    return [one for power in powers for step in steps if axis[0] <= (one := step * 10.0**power) <= axis[1]]


def _aims(judged: Sequence[Judged]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.says)}<td>{'≥' if one.at_least else '≤'} {one.limit:,g} {one.unit}"
        f"<td>{number(one.found)} {one.unit}<td class={'yes' if one.met else 'no'}>{one.verdict}"
        for one in judged
    )
    return f"<table><tr><th>Aim<th>Wanted<th>Found<th>{rows}</table>"
