import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.chassis.messaging.cancellation import raise_if_cancelled

SERVICES = Path(__file__).parents[4] / "services"


async def until_cancelled_twice(*, looks: bool) -> None:
    """As a loop over a client that drops one cancellation."""
    swallowed = False
    while True:
        if looks:
            raise_if_cancelled()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if swallowed:
                raise
            swallowed = True


@pytest.mark.parametrize("looks", [True, False])
async def test_a_loop_that_looks_ends_although_its_client_dropped_the_cancellation(*, looks: bool) -> None:
    task = asyncio.create_task(until_cancelled_twice(looks=looks))
    await asyncio.sleep(0)
    task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert task.cancelled() is looks
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_time_limit_that_ran_out_is_no_cancellation() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(3600)
    raise_if_cancelled()


def endless_loops() -> Iterator[tuple[str, ast.While]]:
    for path in sorted(SERVICES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if any(name.split(".")[0] == "nats" for name in imported) or path.match("runtime/service.py"):
            for node in ast.walk(tree):
                if isinstance(node, ast.While) and isinstance(node.test, ast.Constant):
                    yield f"{path.relative_to(SERVICES)}:{node.lineno}", node


def test_every_endless_loop_around_the_nats_client_looks() -> None:
    loops = dict(endless_loops())
    assert len(loops) > 5
    blind = [
        place
        for place, loop in loops.items()
        if not any(isinstance(node, ast.Name) and node.id == "raise_if_cancelled" for node in ast.walk(loop))
    ]
    assert blind == []
