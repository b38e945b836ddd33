"""From a submission to the alert's commit, across all services: latency at fixed rates, and the highest rate."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx2

from benchmarks.arrivals import Arrival, Outcome, highest, offer
from benchmarks.cases import Shape, day, document, ids, shapes
from benchmarks.plan import HTTP_RATE, LIMIT_MS, Plan
from benchmarks.stage import Stage

Step = Callable[[str], None]
WARM = 120
"""Submissions sent before the measurement."""
MAX_OVERLOADED = 1_000
"""Limit of submissions in a run above a rate that was not sustained: the backlog must be processed afterwards."""


async def play_the_day(stage: Stage) -> list[Shape]:
    """Sends the day's submissions once, as a warm-up and to read from the logs what each leads to."""
    seed = stage.seed + 1
    await stage.run(100, len(day()))
    await settled(stage)
    await stage.end.ask("stamps")
    return await shapes(stage.place.dsn, seed)


async def settled(stage: Stage) -> None:
    """Waits until no relay and no follower of canaliza is behind."""
    for role in ("intake", "referral", "notifications", "audit"):
        await stage.workers[role].ask("ready", behind=True)


async def at_rates(stage: Stage, plan: Plan, step: Step) -> list[Outcome]:
    """One run at each of the plan's rates, rising. Above the first that is not sustained: shorter, or not at all."""
    outcomes: list[Outcome] = []
    for rate in plan.rates:
        step(f"{stage.contender.name} · {rate:,.0f}/s")
        overloaded = any(not one.sustained(LIMIT_MS) for one in outcomes)
        if overloaded and plan.quick:
            continue
        count = round(rate * plan.run)
        outcomes.append(await stage.run(rate, min(count, MAX_OVERLOADED) if overloaded else max(count, 20)))
    return outcomes


async def sustainable(stage: Stage, plan: Plan, known: Sequence[Outcome], step: Step) -> tuple[float, list[Outcome]]:
    """The highest rate with p99 under the limit and nothing missing, and the runs that found it."""
    runs: list[Outcome] = []
    good = max((one.rate for one in known if one.sustained(LIMIT_MS)), default=0.0)

    async def sustains(rate: float) -> bool:
        if rate <= good:
            return True
        for _ in range(plan.attempts):
            step(f"{stage.contender.name} · {rate:,.0f}/s?")
            runs.append(await stage.run(rate, max(20, round(rate * plan.search))))
            if runs[-1].sustained(LIMIT_MS):
                return True
        return False

    return await highest(sustains, start=good or 25.0, precision=plan.precision), runs


async def over_http(stage: Stage, token: str, seconds: float) -> Outcome:
    """The same submissions over HTTP from another process, at 50/s."""
    seed, count = stage.next_seed(), round(HTTP_RATE * seconds)
    submitted = ids(seed, count)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with httpx2.AsyncClient(base_url=stage.driver.started, headers=headers, timeout=30) as client:
        await client.get("/health/live")

        async def send(number: int) -> bool:
            body = document(number, submitted[number])
            return (await client.post("/api/v1/submissions", content=body)).status_code == 201

        async def offered() -> list[Arrival]:
            return await offer(HTTP_RATE, count, send)

        return await stage.measured(HTTP_RATE, submitted, offered)


async def warm(stage: Stage) -> None:
    """A first load that is not measured, which fills connections, caches and plans."""
    await stage.run(50, WARM)


async def profiled(stage: Stage, folder: str, rate: float, seconds: float) -> Outcome:
    """One run under a profiler; the functions that took most are written to ``folder``."""
    roles = ("intake", "referral", "notifications")
    await asyncio.gather(*(stage.workers[role].ask("profile") for role in roles))
    outcome = await stage.run(rate, round(rate * seconds))
    await asyncio.gather(*(stage.workers[role].ask("profiled", path=f"{folder}/profile-{role}.txt") for role in roles))
    return outcome


def rows(stage: Stage, outcomes: Sequence[Outcome], path: str = "in process") -> list[dict[str, Any]]:
    """The results as JSON-compatible data."""
    return [{"contender": stage.contender.name, "path": path, **one.row()} for one in outcomes]
