"""A load goes on after a power cut of the whole system."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from services.chassis.secrets.installation import Secrets
from services.local import PostgresServer
from services.system import Installation
from tests.support.system.loading import at_rest, counted, dsn_of, kept, load, operator_of, program
from tests.support.system.system import DAY, HANG, eventually, running


@dataclass
class Everything:
    """``canaliza up`` in a process of its own, on a folder and a port of its own."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {"CANALIZA_DATA": str(self.data), "CANALIZA_PORT": str(self.port)}

    @property
    def dsn(self) -> str:
        return PostgresServer(self.data.resolve(), Secrets.load(self.data)).dsn

    def pids(self) -> list[int]:
        """PostgreSQL's and NATS's."""
        files = (self.data / "postgres" / "postmaster.pid", self.data / "nats" / "nats.pid")
        return [int(file.read_text(encoding="utf-8").split()[0]) for file in files if file.exists()]

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Callable[[], None]]:
        """Yields what kills it, with both its servers, as a power cut would. In the end nothing is left."""
        said = self.data.parent / f"{uuid4()}.log"
        with said.open("wb") as log:
            process = subprocess.Popen(**program("up", here=self.environment), stdout=log, stderr=log)  # noqa: ASYNC220

        def kill() -> None:
            process.kill()
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)

        async def ready() -> bool:
            assert process.poll() is None, said.read_text(encoding="utf-8")
            with suppress(httpx2.TransportError):
                async with httpx2.AsyncClient(base_url=self.url, timeout=HANG) as client:
                    return (await client.get("/health/ready")).status_code == 200
            return False

        try:
            await eventually(ready)
            yield kill
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    await asyncio.to_thread(process.wait, HANG)
            if process.poll() is None:
                kill()
            await asyncio.to_thread(process.wait)


@pytest.mark.faults
async def test_a_load_goes_on_after_everything_was_killed_and_leaves_what_it_would_have_without(
    installation: Installation, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        here = Everything(tmp_path / "data", probe.getsockname()[1])
    async with here.up() as kill:
        loading = asyncio.create_task(load(DAY, "--json", here=here.environment))

        async def half_way() -> bool:
            return counted(await kept(here.dsn))["intake.case_opened.v1"] >= 20

        await eventually(half_way)
        kill()
    assert not loading.done()
    async with here.up():
        survived = await loading
        assert survived.code == 0, survived.complained
        outcome = json.loads(survived.said)
        assert (outcome["new"] + outcome["again"], outcome["refused"]) == (120, [])
        again = await load(DAY, "--json", here=here.environment)
        assert (again.code, json.loads(again.said)) == (0, {"new": 0, "again": 120, "refused": []})
        interrupted = await at_rest(here.dsn, here.url)
    async with running(installation) as system:
        assert (await load(DAY, *operator_of(system))).code == 0
        once = await at_rest(dsn_of(installation), system.url)
    assert interrupted == once
