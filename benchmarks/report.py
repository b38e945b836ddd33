"""The tables of a run, for a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.aims import Judged
from benchmarks.arrivals import PERCENTILES

Results = Mapping[str, Any]


def report(results: Results, judged: Sequence[Judged], console: Console) -> None:
    """All tables and every aim."""
    for table in tables(results):
        console.print(table)
    console.print(aims(judged))
    for failure in results.get("failures", ()):
        console.print(f"[bold red]failed:[/] {failure}", highlight=False)


def tables(results: Results) -> Iterable[Table]:
    """One for each section that was run."""
    yield environment(results)
    if results.get("startup"):
        yield startup(results)
    if results.get("shortcuts"):
        yield shortcuts(results)
    if results.get("end_to_end"):
        yield end_to_end(results)
        yield processor(results)
    if results.get("memory"):
        yield memory(results)
    if results.get("append"):
        yield append(results)
    if results.get("replay"):
        yield replay(results)
    if results.get("growth"):
        yield growth(results)


def environment(results: Results) -> Table:
    """What the figures depend on."""
    table = Table("", "", title="This run", show_header=False)
    for name, value in results["environment"].items():
        shown = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name, shown)
    if shape := results.get("shape"):
        events = ", ".join(f"{name} {one['events']:.2f} of {one['bytes']:,.0f} B" for name, one in shape.items())
        table.add_row("a case (mean of the day)", events)
    return table


def end_to_end(results: Results) -> Table:
    """Latency at each rate, and the highest rate."""
    title = "Submission → alert committed: ms from the scheduled arrival; alert records counted afterwards"
    table = Table("", "per second", *PERCENTILES, "answered p99", "CPU ms", "alerts", "lost", "twice", title=title)
    for row in results["end_to_end"]:
        latency = [number(row["latency"].get(name)) for name in PERCENTILES]
        counts = [f"{row[name]:,}" for name in ("alerts", "lost", "duplicated")]
        answered = number(row["answer"].get("p99"))
        name = row["contender"] if row["path"] == "in process" else f"{row['contender']}, {row['path']}"
        table.add_row(name, number(row["rate"]), *latency, answered, number(row["cpu_ms"]), *counts)
    for name, rate in results["sustainable"].items():
        table.add_section()
        table.add_row(f"[bold]{name}", f"[bold]{rate:,.0f}", "[bold]highest sustained, p99 < 250 ms")
    table.caption = "\n".join(f"{name}: {note}" for name, note in results["notes"].items())
    return table


def processor(results: Results) -> Table:
    """Processor time by process, at the highest rate of each contender."""
    table = Table("", "per second", "ms a case", "of it", title="Processor time at the highest rate that was measured")
    last = {row["contender"]: row for row in results["end_to_end"] if row["path"] == "in process"}
    for name, row in last.items():
        parts = sorted(row["cpu"].items(), key=lambda part: -part[1])
        table.add_row(
            name, number(row["rate"]), f"{row['cpu_ms']:.2f}", ", ".join(f"{part} {ms:.2f}" for part, ms in parts)
        )
    return table


def startup(results: Results) -> Table:
    """From the start of the process."""
    table = Table("service", "s until ready", "MB then", title="Start of each service")
    for service, one in results["startup"].items():
        table.add_row(service, f"{one['seconds']:.2f}", number(one["memory_mb"]))
    return table


def shortcuts(results: Results) -> Table:
    """What each shortcut saves per case."""
    table = Table("shortcut", "plain µs", "short µs", "times a case", "µs saved a case", title="Shortcuts, each alone")
    for one in results["shortcuts"]:
        table.add_row(one["name"], *(number(one[name]) for name in ("plain", "short", "times", "saved")))
    return table


def memory(results: Results) -> Table:
    """After the fixed rates."""
    table = Table("", "process", "MB (PSS)", title="Memory after the load at the fixed rates")
    for contender, processes in results["memory"].items():
        for process, size in processes.items():
            table.add_row(contender, process, number(size))
    return table


def append(results: Results) -> Table:
    """Appends a second."""
    table = Table("", "at once", "repeated", "a second", "p50 ms", "p99 ms", title="Append: one event a command")
    for contender, rows in results["append"].items():
        for row in rows:
            latency = [f"{row['latency'][name]:.2f}" for name in ("p50", "p99")]
            table.add_row(contender, str(row["concurrent"]), f"{row['repeated']:.0%}", number(row["rate"]), *latency)
        table.add_section()
    return table


def replay(results: Results) -> Table:
    """Events a second."""
    table = Table("stored events", "read", "opened", "rebuilt", "of it", title="Replay: events a second")
    for row in results["replay"]:
        services = ", ".join(f"{name} {number(one['rate'])}" for name, one in row["rebuild"]["services"].items())
        table.add_row(
            *(number(value) for value in (row["events"], row["read"], row["open"], row["rebuild"]["rate"])), services
        )
    return table


def growth(results: Results) -> Table:
    """The same with more stored."""
    columns = ("stored events", "appends/s (64 at once)", "append p99 ms", "flag → alert p50", "p99", "CPU ms a case")
    table = Table(*columns, title="Growth")
    for row in results["growth"]:
        latency, appended = row["end_to_end"]["latency"], row["append"]
        table.add_row(
            number(row["events"]), number(appended["rate"]), number(appended["latency"]["p99"]),
            number(latency.get("p50")), number(latency.get("p99")), f"{row['end_to_end']['cpu_ms']:.2f}",
        )  # fmt: skip
    return table


def aims(judged: Sequence[Judged]) -> Table:
    """Met or not."""
    table = Table("aim", "wanted", "found", "", title="Aims")
    for one in judged:
        colour = {"met": "green", "NOT MET": "bold red"}.get(one.verdict, "yellow")
        wanted = f"{'≥' if one.at_least else '≤'} {one.limit:,g} {one.unit}"
        found = "—" if one.found is None else f"{number(one.found)} {one.unit}"
        table.add_row(one.says, wanted, found, f"[{colour}]{one.verdict}")
    return table


def number(value: float | None) -> str:
    """Three figures are enough."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
