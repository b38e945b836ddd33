"""Open-loop load and its arithmetic: a fixed schedule of arrivals, percentiles, and the search for the highest rate.

Latency counts from the *scheduled* arrival. A system that stalls cannot slow its own load down, so what had to
wait because of the stall is counted with its whole wait (no coordinated omission).
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass

MILLISECOND = 1_000_000
"""Nanoseconds."""

PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One submission of a run, on CLOCK_MONOTONIC (nanoseconds), which all processes of a machine share."""

    scheduled: int
    acknowledged: int | None
    """When it was answered; ``None`` if it was refused or failed."""


def schedule(rate: float, count: int, start: int) -> list[int]:
    """When each of ``count`` submissions is due, evenly spaced at ``rate`` a second, in nanoseconds."""
    return [start + round(number * 1e9 / rate) for number in range(count)]


async def offer(rate: float, count: int, send: Callable[[int], Awaitable[bool]]) -> list[Arrival]:
    """Sends each submission when due, without waiting for earlier ones. ``send`` returns whether it was accepted."""
    due = schedule(rate, count, time.monotonic_ns() + 20 * MILLISECOND)
    arrivals: list[Arrival] = [Arrival(when, None) for when in due]

    async def one(number: int) -> None:
        if await send(number):
            arrivals[number] = Arrival(due[number], time.monotonic_ns())

    async with asyncio.TaskGroup() as sending:
        for number, when in enumerate(due):
            if (ahead := when - time.monotonic_ns()) > 0:
                await asyncio.sleep(ahead / 1e9)
            sending.create_task(one(number))
            if number % 64 == 0:
                await asyncio.sleep(0)  # behind schedule: only let other tasks run
    return arrivals


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` percent of the ascending values do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and p99.9 by name; empty when there are no values."""
    ordered = sorted(values)
    return {name: percentile(ordered, share) for name, share in PERCENTILES.items()} if ordered else {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of one run. Latencies in milliseconds, by percentile."""

    rate: float
    submitted: int
    acknowledged: int
    alerts: int
    lost: int
    """Alert records that acknowledged submissions should have led to and did not, within the patience."""
    duplicated: int
    latency: dict[str, float]
    """From the scheduled arrival to the return of the commit of the case's last alert."""
    answer: dict[str, float]
    """From the scheduled arrival to the acknowledgement."""
    cpu: dict[str, float]
    """Processor time per submission, in milliseconds, of each of the contender's processes and of both servers."""

    @property
    def cpu_ms(self) -> float:
        """Of all of them."""
        return sum(self.cpu.values())

    def sustained(self, limit: float) -> bool:
        """Everything was acknowledged and alerted, and p99 stayed under ``limit`` milliseconds."""
        complete = self.acknowledged == self.submitted and self.lost == 0
        return complete and self.latency.get("p99", math.inf) < limit

    def row(self) -> dict[str, object]:
        """As it is stored."""
        return {**asdict(self), "cpu_ms": self.cpu_ms}


async def highest(
    sustains: Callable[[float], Awaitable[bool]], *, start: float, precision: float, ceiling: float = 20_000
) -> float:
    """The highest sustained rate: doubled or halved until the verdict changes, then bisected.

    Ends when the lowest rate that failed is at most ``precision`` times the highest that did not; 0 when even one
    submission in ten seconds is too many.
    """
    good, bad = 0.0, math.inf
    rate = start
    while rate <= ceiling and bad > good * precision:
        if await sustains(rate):
            good = rate
        else:
            bad = rate
        if bad == math.inf:
            rate = good * 2
        elif good == 0.0:
            rate = bad / 2
            if rate < 0.1:
                return 0.0
        else:
            rate = math.sqrt(good * bad)
    return good
