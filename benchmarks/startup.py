"""How long a service takes from the start of its process until it is ready, and how much memory it then has."""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress

import httpx2

from benchmarks.ground import Ground, Place
from benchmarks.machine import memory_mb
from benchmarks.processes import ROOT, WorkerFailedError
from services.chassis.runtime.server import listen, url_of
from services.system import FACTORIES

SERVE = "from services.cli import main; main()"
WITHIN = 60.0


async def start_each(ground: Ground) -> dict[str, dict[str, float]]:
    """``canaliza serve`` of one service after the other: seconds until ready, and MB then."""
    async with ground.place() as place:
        return await start_each_at(ground, place)


async def start_each_at(ground: Ground, place: Place) -> dict[str, dict[str, float]]:
    """The same at a place with something stored."""
    settings = ground.settings(place)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "CANALIZA_DATA": str(settings.data),
        "CANALIZA_POSTGRES_DSN": place.dsn,
        "CANALIZA_NATS_URL": settings.nats_url or "",
        "CANALIZA_NAMESPACE": settings.namespace,
        "CANALIZA_LOG_LEVEL": "ERROR",
    }
    return {service: await _start(service, environment) for service in FACTORIES}


async def _start(service: str, environment: dict[str, str]) -> dict[str, float]:
    listener = listen("127.0.0.1", 0)
    url, port = url_of(listener), listener.getsockname()[1]
    listener.close()
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, "serve", service,
        cwd=ROOT, env=environment | {"CANALIZA_PORT": str(port)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WITHIN), httpx2.AsyncClient(base_url=url) as client:
            while not await _ready(client):
                if process.returncode is not None:
                    raise WorkerFailedError(f"canaliza serve {service} ended with {process.returncode}")
                await asyncio.sleep(0.01)
        return {"seconds": time.monotonic() - started, "memory_mb": memory_mb(process.pid)}
    finally:
        if process.returncode is None:
            process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(20):
                    await process.wait()
            if process.returncode is None:
                process.kill()


async def _ready(client: httpx2.AsyncClient) -> bool:
    with suppress(httpx2.TransportError):
        return (await client.get("/health/ready")).status_code == 200
    return False
