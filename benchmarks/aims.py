"""The aims of the design ("How fast"), each with the figure of a run that decides it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]
Figure = Callable[[Results], float | None]
"""A figure of a run; ``None`` if it was not measured."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A sentence, the figure it is about, and the limit."""

    says: str
    figure: Figure
    limit: float
    at_least: bool
    unit: str = ""

    def judge(self, results: Results) -> "Judged":
        """Whether a run meets it."""
        found = self.figure(results)
        met = None if found is None else (found >= self.limit if self.at_least else found <= self.limit)
        return Judged(self.says, self.limit, self.at_least, self.unit, found, met)


@dataclass(frozen=True, slots=True)
class Judged:
    """An aim and a run's figure for it. Without a figure it is neither met nor missed."""

    says: str
    limit: float
    at_least: bool
    unit: str
    found: float | None
    met: bool | None

    @property
    def verdict(self) -> str:
        """The verdict as the table shows it."""
        return {True: "met", False: "NOT MET", None: "not measured"}[self.met]


def judge(results: Results) -> list[Judged]:
    """Every aim, in order."""
    return [aim.judge(results) for aim in AIMS]


def _times(peer: str) -> Figure:
    def figure(results: Results) -> float | None:
        rates = results.get("sustainable", {})
        ours, theirs = rates.get("canaliza"), rates.get(peer)
        return ours / theirs if ours is not None and theirs else None

    return figure


def _latency(name: str, rate: float) -> Figure:
    def figure(results: Results) -> float | None:
        found = [
            row["latency"].get(name)
            for row in results.get("end_to_end", ())
            if (row["contender"], row["path"], row["rate"]) == ("canaliza", "in process", rate)
        ]
        return found[0] if found else None

    return figure


def _rebuild(results: Results) -> float | None:
    replays: Sequence[Any] = results.get("replay", ())
    return min((one["rebuild"]["rate"] for one in replays), default=None)


def _sealing(results: Results) -> float | None:
    return min((one["rate"] for one in results.get("ledger", ())), default=None)


def _grown(what: Callable[[Any], float]) -> Figure:
    def figure(results: Results) -> float | None:
        sizes = results.get("growth", ())
        return what(sizes[-1]) / what(sizes[0]) if len(sizes) > 1 else None

    return figure


def _cost(size: Any) -> float:
    return float(size["end_to_end"]["cpu_ms"])


def _appends(size: Any) -> float:
    return float(size["append"]["rate"])


def _repeated(share: float) -> Figure:
    def figure(results: Results) -> float | None:
        rows = results.get("append", {}).get("canaliza", ())
        fresh = {row["concurrent"]: row["rate"] for row in rows if row["repeated"] == 0}
        return min((row["rate"] / fresh[row["concurrent"]] for row in rows if row["repeated"] == share), default=None)

    return figure


def _memory(results: Results) -> float | None:
    found = results.get("memory", {}).get("canaliza", {})
    return max(found.values(), default=None)


def _looking_back(results: Results) -> float | None:
    sizes: Sequence[Any] = results.get("moments", ())
    return max((row["case"]["p99"] for row in sizes), default=None)


def _verified(what: str) -> Figure:
    def figure(results: Results) -> float | None:
        found = results.get("verification", {}).get(what)
        return None if found is None else float(found)

    return figure


def _wrong(results: Results) -> float | None:
    rows = [row for row in results.get("end_to_end", ()) if row["contender"] == "canaliza"]
    return float(sum(row["lost"] + row["duplicated"] for row in rows)) if rows else None


AIMS = (
    Aim("highest sustained rate, in floors", _times("floor"), 0.5, True),
    Aim("highest sustained rate, in the library's Systems", _times("library"), 10, True),
    Aim("flag → alert at 50/s, p50", _latency("p50", 50), 10, False, "ms"),
    Aim("flag → alert at 50/s, p99", _latency("p99", 50), 50, False, "ms"),
    Aim("rebuild of every read model, events passed", _rebuild, 50_000, True, "/s"),
    Aim("gathering and sealing of stored events", _sealing, 100_000, True, "/s"),
    Aim("processor time a case: most events stored / fewest", _grown(_cost), 1.25, False),
    Aim("appends a second: most events stored / fewest", _grown(_appends), 0.75, True),
    Aim("appends with 1 % repeated commands / with none", _repeated(0.01), 0.5, True),
    Aim("appends with 100 % repeated commands / with none", _repeated(1.0), 0.5, True),
    Aim("memory of the largest service after the load", _memory, 150, False, "MB"),
    Aim("state of a case at a moment, one in a hundred slower", _looking_back, 50, False, "ms"),
    Aim("offline verification: signatures and leaves, events", _verified("proving"), 100_000, True, "/s"),
    Aim("offline verification: most megabytes", _verified("memory_mb"), 150, False, "MB"),
    Aim("alert records lost or duplicated", _wrong, 0, False),
)
"""The design says "flat" and "no collapse": here that is within a quarter, and not less than half."""
