"""The same figures with a growing number of stored events."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import append
from benchmarks.cases import Shape
from benchmarks.contenders.canaliza import CANALIZA
from benchmarks.end_to_end import settled, warm
from benchmarks.ground import Ground
from benchmarks.plan import Plan
from benchmarks.replay import read_and_open, rebuild_all
from benchmarks.staging import staged
from benchmarks.stored import Day, store

CALLERS = 64


async def grown(
    ground: Ground, day: Day, shapes: Sequence[Shape], plan: Plan, size: int, *, seed: int, state: bytes,
    only: Sequence[str], step: Callable[[str], None],
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:  # fmt: skip
    """(replay, growth) with at least ``size`` events stored; each only if it is wanted."""
    replayed = measured = None
    async with ground.place() as place:
        step(f"{size:,} events stored")
        count = await store(place.dsn, day, size)
        reading = None
        if "replay" in only and size in plan.replay:
            step(f"{size:,} events read and opened")
            reading = await read_and_open(place.dsn)
        rebuilding = await rebuild_all(place.dsn, lambda what: step(f"{size:,} events · {what}"))
        if reading is not None:
            replayed = {**reading, "rebuild": rebuilding}
        if "growth" in only and size in plan.growth:
            step(f"{size:,} events · end to end")
            async with staged(ground, CANALIZA, shapes, seed=seed, place=place) as stage:
                await settled(stage)
                await warm(stage)
                outcome = await stage.run(plan.growth_rate, round(plan.growth_rate * plan.growth_run))
            step(f"{size:,} events · append")
            async with append.canaliza(ground, place, state) as send:
                (appended,) = await append.rates(
                    send, max(plan.append, 1.0), seed, step=step, concurrent=[CALLERS], repeats=[0.0]
                )
            measured = {"events": count, "append": appended, "end_to_end": outcome.row()}
    return replayed, measured
