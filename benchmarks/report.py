"""The tables of a run, for a terminal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    drawn: tuple[tuple[str, tuple[Callable[[Results], Table], ...]], ...] = (
        ("startup", (startup,)),
        ("shortcuts", (shortcuts,)),
        ("end_to_end", (end_to_end, processor)),
        ("memory", (memory,)),
        ("append", (append,)),
        ("replay", (replay,)),
        ("what_if", (what_if,)),
        ("ledger", (ledger,)),
        ("verification", (verification,)),
        ("growth", (growth,)),
        ("moments", (moments,)),
    )
    for section, draws in drawn:
        if results.get(section):
            yield from (draw(results) for draw in draws)


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


def what_if(results: Results) -> Table:
    """Cases decided again by other rules."""
    table = Table("cases", "seconds", "cases a second", "processes", title="What if: a period decided again")
    found = results["what_if"]
    table.add_row(*(number(found[name]) for name in ("cases", "seconds", "rate", "processes")))
    return table


def ledger(results: Results) -> Table:
    """Sealing, and proofs in the largest log."""
    columns = ("stored events", "gathered and sealed /s", "seals", "proof in", "p50 ms", "p99", "tiles of one")
    table = Table(*columns, title="Ledger: from position 1, and proofs of inclusion")
    for row in results["ledger"]:
        table.add_row(
            number(row["events"]), number(row["rate"]), number(row["seals"]), f"{row['leaves']:,} leaves",
            f"{row['proof_p50']:.2f}", f"{row['proof_p99']:.2f}", number(row["tiles"]),
        )  # fmt: skip
    return table


def verification(results: Results) -> Table:
    """A bundle verified offline, in processor seconds."""
    table = Table("events", "signatures and leaves/s", "streams and replay/s", "memory MB", title="Verifying a bundle")
    found = results["verification"]
    table.add_row(*(number(found[name]) for name in ("events", "proving", "replay", "memory_mb")))
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


def moments(results: Results) -> Table:
    """Milliseconds of each question."""
    table = Table("stored events", "question", *PERCENTILES, title="Looking back: ms from the question to the answer")
    for row in results["moments"]:
        for question, latency in row.items():
            if question != "events":
                table.add_row(number(row["events"]), question, *(number(latency.get(name)) for name in PERCENTILES))
        table.add_section()
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
