"""One running contender: its processes, a load on them, and the count of its results."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.arrivals import MILLISECOND, Arrival, Outcome, percentiles
from benchmarks.cases import Shape, ids
from benchmarks.contenders import Contender
from benchmarks.ground import Place
from benchmarks.machine import cpu_seconds, memory_mb
from benchmarks.processes import Worker

PATIENCE = 10.0
"""Seconds without a new alert, after the last submission, until missing alerts count as lost."""
ALERT_TIMEOUT = 60.0


@dataclass
class Stage:
    """A contender on its own place, under load."""

    contender: Contender
    place: Place
    shapes: Sequence[Shape]
    servers: Mapping[str, int]
    """Pids of PostgreSQL and NATS, whose processor time counts as the contender's."""
    seed: int
    workers: dict[str, Worker] = field(default_factory=dict)
    patience: float = PATIENCE

    @property
    def driver(self) -> Worker:
        """The process in which submissions are handed in."""
        return self.workers[self.contender.roles[-1]]

    @property
    def end(self) -> Worker:
        """The process that commits the alerts."""
        return self.workers[self.contender.roles[0]]

    def next_seed(self) -> int:
        """A new seed for every run, so that no submission repeats an earlier one."""
        self.seed += 1
        return self.seed

    async def run(self, rate: float, count: int) -> Outcome:
        """Offers ``count`` submissions at ``rate`` a second and waits for their alerts."""
        seed = self.next_seed()

        async def offered() -> list[Arrival]:
            found = await self.driver.ask("offer", rate=rate, count=count, seed=seed)
            return [Arrival(*one) for one in found]

        return await self.measured(rate, ids(seed, count), offered)

    async def measured(
        self, rate: float, submitted: Sequence[UUID], offered: Callable[[], Any], shapes: Sequence[Shape] | None = None
    ) -> Outcome:
        """The outcome of a load. ``offered`` applies it and returns its arrivals in the order of ``submitted``."""
        known = shapes or self.shapes
        mark = await self._mark()
        before = self._cpu()
        arrivals = await offered()
        expected = {
            self.contender.case_of(submission): known[number % len(known)].alerts
            for number, (submission, arrival) in enumerate(zip(submitted, arrivals, strict=True))
            if arrival.acknowledged is not None
        }
        await self._until_quiet(sum(expected.values()))
        used = {name: seconds - before[name] for name, seconds in self._cpu().items()}
        stamps = await self.end.ask("stamps")
        records = await self._records(mark)
        scheduled = {
            self.contender.case_of(submission).hex: arrival.scheduled
            for submission, arrival in zip(submitted, arrivals, strict=True)
        }
        return Outcome(
            rate=rate,
            submitted=len(arrivals),
            acknowledged=len(expected),
            alerts=sum(records[case] for case in expected),
            lost=sum(max(0, wanted - records[case]) for case, wanted in expected.items()),
            duplicated=sum(max(0, records[case] - wanted) for case, wanted in expected.items()),
            latency=percentiles(
                [(at - scheduled[case]) / MILLISECOND for case, at in stamps.items() if case in scheduled]
            ),
            answer=percentiles(
                [(one.acknowledged - one.scheduled) / MILLISECOND for one in arrivals if one.acknowledged is not None]
            ),
            cpu={name: seconds * 1000 / len(arrivals) for name, seconds in used.items()},
        )

    async def _until_quiet(self, expected: int) -> None:
        """Waits until every alert has come, or none for ``patience`` seconds."""
        until, seen = time.monotonic() + ALERT_TIMEOUT, -1
        quiet = time.monotonic()
        while (now := await self.end.ask("seen")) < expected and time.monotonic() < until:
            if now != seen:
                seen, quiet = now, time.monotonic()
            elif time.monotonic() - quiet > self.patience:
                return
            await asyncio.sleep(0.02)

    def _cpu(self) -> dict[str, float]:
        pids = {role: worker.pid for role, worker in self.workers.items()} | dict(self.servers)
        return {name: cpu_seconds(pid) for name, pid in pids.items()}

    def memory(self) -> dict[str, float]:
        """Megabytes of each process."""
        return {role: memory_mb(worker.pid) for role, worker in self.workers.items()}

    async def _mark(self) -> int:
        rows = await self._fetch(self.contender.last_record)
        return int(rows[0][0])

    async def _records(self, mark: int) -> Counter[UUID]:
        """Alert records by case, counted in the tables."""
        found: Counter[UUID] = Counter()
        for row in await self._fetch(self.contender.records, mark):
            found[self.contender.case_of_record(UUID(int=row[0].int))] += row[1]
        return found

    async def _fetch(self, query: str, *values: Any) -> Any:
        connection = await asyncpg.connect(self.place.dsn)
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()
