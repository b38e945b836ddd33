"""One run: its sections in order, and what they found."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import append, end_to_end, shortcuts, verification, what_if
from benchmarks.cases import Shape
from benchmarks.contenders import Contender
from benchmarks.contenders.canaliza import CANALIZA
from benchmarks.contenders.floor import FLOOR
from benchmarks.contenders.library import LIBRARY
from benchmarks.contenders.textbook import TEXTBOOK
from benchmarks.ground import Ground
from benchmarks.growth import grown
from benchmarks.plan import LIMIT_MS, Plan
from benchmarks.progress import ReportProgress
from benchmarks.stage import Stage
from benchmarks.staging import staged
from benchmarks.startup import start_each
from benchmarks.stored import Day, recorded

SECTIONS = (
    "startup", "shortcuts", "e2e", "append", "replay", "ledger", "growth", "moments", "what_if", "verification",
)  # fmt: skip
CONTENDERS: dict[str, Contender] = {one.name: one for one in (CANALIZA, FLOOR, LIBRARY, TEXTBOOK)}

OVERLOAD = 1.5
"""A profile is taken at this multiple of the highest sustained rate."""
UNKNOWN = (Shape(1, ()),)
"""Placeholder until the real services have shown what a case leads to."""


@dataclass
class Run:
    """The options of a run and its results so far."""

    ground: Ground
    plan: Plan
    only: Sequence[str]
    contenders: Sequence[str]
    seed: int
    report_progress: ReportProgress
    profile: Path | None = None
    results: dict[str, Any] = field(default_factory=lambda: {"failures": []})
    _shapes: Sequence[Shape] = UNKNOWN
    _day: Day | None = None
    _cases: what_if.RecordedCases | None = None

    async def everything(self) -> None:
        """Runs the chosen sections, one contender at a time."""
        self.results["notes"] = {name: CONTENDERS[name].note for name in self.contenders}
        self.results |= {"end_to_end": [], "search": [], "sustainable": {}, "memory": {}}
        await self._without_a_day()
        if set(self.only) - {"startup", "shortcuts", "verification"}:
            await self._tried(CANALIZA.name, self._canaliza())
        if self._day is None:
            return  # what a case leads to is unknown
        for name in self.contenders:
            if "e2e" in self.only and name != CANALIZA.name:
                await self._tried(name, self._peer(CONTENDERS[name]))
        if "append" in self.only:
            await self._tried("append", self._append())
        if {"replay", "ledger", "growth", "moments"} & set(self.only):
            await self._tried("replay, ledger, growth and moments", self._grow())
        if "what_if" in self.only:
            await self._tried("what if", self._decide_again())

    async def _without_a_day(self) -> None:
        """What needs no day to have been played."""
        if "startup" in self.only:
            await self._tried("startup", self._start())
        if "shortcuts" in self.only:
            self.report_progress("shortcuts", "each alone")
            self.results["shortcuts"] = shortcuts.measured()
        if "verification" in self.only:
            await self._tried("verification", self._verify())

    async def _tried(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """A failure is reported; the rest is still measured."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - any failure is reported, and the run ends with 1
            causes = error.exceptions if isinstance(error, ExceptionGroup) else [error]
            self.results["failures"] += [f"{what}: {type(one).__name__}: {one}" for one in causes]

    async def _start(self) -> None:
        self.report_progress("startup", "each service")
        self.results["startup"] = await start_each(self.ground)

    async def _canaliza(self) -> None:
        """Measures the program; its day determines what the others are given."""
        self.report_progress("e2e", "canaliza · the sample day")
        async with staged(self.ground, CANALIZA, UNKNOWN, seed=self.seed) as stage:
            stage.shapes = self._shapes = await end_to_end.play_the_day(stage)
            self._day = await recorded(stage.place.dsn)
            self._cases = await what_if.recorded_cases(self.ground, stage.place)
            self.results["shape"] = _mean(self._day, len(self._shapes))
            if "e2e" in self.only and CANALIZA.name in self.contenders:
                await self._measure(stage)
                token = self.ground.servers.secrets.operator_token
                self.report_progress("e2e", "canaliza · over HTTP")
                outcome = await end_to_end.over_http(stage, token, self.plan.run)
                self.results["end_to_end"] += end_to_end.rows(stage, [outcome], "over HTTP")
            if self.profile is not None:
                await self._profile(stage, self.profile)

    async def _peer(self, contender: Contender) -> None:
        async with staged(self.ground, contender, self._shapes, seed=self.seed) as stage:
            await end_to_end.warm(stage)
            await self._measure(stage)

    async def _measure(self, stage: Stage) -> None:
        def step(doing: str) -> None:
            self.report_progress("e2e", doing)

        outcomes = await end_to_end.at_rates(stage, self.plan, step)
        self.results["end_to_end"] += end_to_end.rows(stage, outcomes)
        self.results["memory"][stage.contender.name] = stage.memory()
        rate, runs = await end_to_end.sustainable(stage, self.plan, outcomes, step)
        self.results["search"] += end_to_end.rows(stage, runs)
        self.results["sustainable"][stage.contender.name] = rate
        found = [one for one in runs if one.rate == rate and one.sustained(LIMIT_MS)]
        self.results["end_to_end"] += end_to_end.rows(stage, found[-1:])

    async def _profile(self, stage: Stage, folder: Path) -> None:
        rate = OVERLOAD * (self.results["sustainable"].get(CANALIZA.name) or 200.0)
        self.report_progress("e2e", f"canaliza · profiled at {rate:,.0f}/s")
        outcome = await end_to_end.profiled(stage, str(folder), rate, self.plan.run)
        self.results["profiled"] = outcome.row()

    async def _append(self) -> None:
        state = self._state()
        self.results["append"] = {}
        for name, log in append.LOGS.items():
            if name not in self.contenders:
                continue
            async with (
                self.ground.place(migrated=name == CANALIZA.name) as place,
                log(self.ground, place, state) as send,
            ):
                self.results["append"][name] = await append.rates(
                    send,
                    self.plan.append,
                    self.seed,
                    step=partial(self._appending, name),
                )

    def _appending(self, name: str, doing: str) -> None:
        self.report_progress("append", f"{name} · {doing}")

    async def _grow(self) -> None:
        assert self._day is not None  # noqa: S101 - _canaliza() read it
        self.results |= {"replay": [], "ledger": [], "growth": [], "moments": []}
        sizes = {
            *(self.plan.replay if {"replay", "moments"} & set(self.only) else ()),
            *(self.plan.ledger if "ledger" in self.only else ()),
            *(self.plan.growth if "growth" in self.only else ()),
        }
        for size in sorted(sizes):
            found = await grown(
                self.ground, self._day, self._shapes, self.plan, size, seed=self.seed + size, state=self._state(),
                only=self.only, step=lambda doing: self.report_progress("growth", doing),
            )  # fmt: skip
            for section, measured in found.items():
                self.results[section].append(measured)

    async def _decide_again(self) -> None:
        assert self._cases is not None  # noqa: S101 - _canaliza() read them
        self.results["what_if"] = await what_if.measure(
            self.ground, self._cases, self.plan.what_if, lambda doing: self.report_progress("what if", doing)
        )

    async def _verify(self) -> None:
        self.report_progress("verification", "a bundle, offline")
        size = self.plan.verification
        self.results["verification"] = await asyncio.to_thread(verification.in_a_process_of_its_own, size)

    def _state(self) -> bytes:
        """An event of intake of median size."""
        assert self._day is not None  # noqa: S101 - _canaliza() read it
        states: list[bytes] = sorted((row["state"] for row in self._day.events["intake"]), key=len)
        return states[len(states) // 2]


def _mean(day: Day, cases: int) -> dict[str, dict[str, float]]:
    return {
        service: {"events": len(rows) / cases, "bytes": sum(len(row["state"]) for row in rows) / max(1, len(rows))}
        for service, rows in day.events.items()
    }
