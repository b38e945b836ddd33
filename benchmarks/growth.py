"""The same figures with a growing number of stored events."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import append
from benchmarks.cases import Shape
from benchmarks.contenders.canaliza import CANALIZA
from benchmarks.end_to_end import settled, warm
from benchmarks.ground import Ground
from benchmarks.ledger import seal_and_prove
from benchmarks.moments import look_back
from benchmarks.plan import Plan
from benchmarks.replay import read_and_open, rebuild_all
from benchmarks.staging import staged
from benchmarks.stored import Day, store

CALLERS = 64


async def grown(
    ground: Ground, day: Day, shapes: Sequence[Shape], plan: Plan, size: int, *, seed: int, state: bytes,
    only: Sequence[str], step: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    """What was measured with at least ``size`` events stored, by section; each only if it is wanted."""
    found: dict[str, Any] = {}
    async with ground.place() as place:
        step(f"{size:,} events stored")
        count = await store(place.dsn, day, size)
        reading = None
        if "replay" in only and size in plan.replay:
            step(f"{size:,} events read and opened")
            reading = await read_and_open(place.dsn)
        if "ledger" in only and size in plan.ledger:
            step(f"{size:,} events · gathered and sealed")
            found["ledger"] = await seal_and_prove(
                place.dsn, ground.servers.secrets.of("audit"), ground.folder / "sealed", seed
            )
        if not {"replay", "growth", "moments"} & set(only):
            return found
        rebuilding = await rebuild_all(place.dsn, lambda what: step(f"{size:,} events · {what}"))
        if reading is not None:
            found["replay"] = {**reading, "rebuild": rebuilding}
        if "moments" in only and size in plan.replay:
            step(f"{size:,} events · looking back")
            found["moments"] = await look_back(ground, place, count, seed=seed)
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
            found["growth"] = {"events": count, "append": appended, "end_to_end": outcome.row()}
    return found
