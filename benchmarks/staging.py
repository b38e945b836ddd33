"""Starting a contender's processes on a place, and ending them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from benchmarks.cases import Shape
from benchmarks.contenders import Contender
from benchmarks.ground import Ground, Place
from benchmarks.processes import Worker
from benchmarks.stage import Stage


@asynccontextmanager
async def staged(
    ground: Ground, contender: Contender, shapes: Sequence[Shape], *, seed: int, place: Place | None = None
) -> AsyncIterator[Stage]:
    """Starts a contender's processes on a place (its own unless one is given) and ends them with the context."""
    async with AsyncExitStack() as stack:
        if place is None:
            place = await stack.enter_async_context(ground.place(migrated=contender.migrated))
        await contender.prepare(ground, place)
        servers = {"postgresql": ground.servers.postgres_pid, "nats": ground.servers.nats_pid}
        stage = Stage(contender, place, shapes, servers, seed * 1000)
        config = config_of(ground, place, shapes)

        async def start(role: str) -> None:
            stage.workers[role] = await Worker.start(contender.module, role, config, ground.folder)

        stack.push_async_callback(_stop, stage.workers)
        async with asyncio.TaskGroup() as starting:
            for role in contender.roles:
                starting.create_task(start(role))
        yield stage


async def _stop(workers: Mapping[str, Worker]) -> None:
    await asyncio.gather(*(worker.stop() for worker in workers.values()))


def config_of(ground: Ground, place: Place, shapes: Sequence[Shape]) -> Mapping[str, Any]:
    """The configuration of a contender's processes."""
    return {
        "data": str(ground.folder / "data"),
        "dsn": place.dsn,
        "nats_url": ground.servers.nats_url,
        "nats_password": ground.servers.secrets.nats["admin"],
        "namespace": place.namespace,
        "shapes": [shape.plain() for shape in shapes],
    }
