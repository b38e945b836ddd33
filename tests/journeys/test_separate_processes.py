"""The same path as in one process, with every service in a process of its own that may die at any moment."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import create_token
from services.system import FACTORIES, Installation
from tests.support.system.system import HANG, SHORT, eventually, sample_day

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SERVE = "from services.cli import main; main()"
WITHIN = 30
"""Seconds in which SIGTERM must be obeyed: what an operator expects."""


@dataclass
class Process:
    """One service, running."""

    popen: subprocess.Popen[bytes]
    said: Path
    url: str = ""


@dataclass
class Apart:
    """Every service in a process of its own."""

    installation: Installation
    folder: Path
    processes: dict[str, Process] = field(default_factory=dict)
    clients: list[httpx2.AsyncClient] = field(default_factory=list)
    started: int = 0

    async def start(self, service: str) -> None:
        """Starts a service and waits until it is ready."""
        settings = self.installation.settings
        assert settings.postgres_dsn is not None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
            "CANALIZA_DATA": str(settings.data),
            "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
            "CANALIZA_NATS_URL": settings.nats_url or "",
            "CANALIZA_NAMESPACE": settings.namespace,
            "CANALIZA_PORT": "0",
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }
        self.started += 1
        said = self.folder / f"{service}-{self.started}.log"
        with said.open("wb") as log:
            popen = subprocess.Popen(  # noqa: ASYNC220 - only its start blocks, for a moment
                [sys.executable, "-c", SERVE, "serve", service],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        process = self.processes[service] = Process(popen, said)

        async def ready() -> bool:
            text = said.read_text(encoding="utf-8")
            assert popen.poll() is None, text
            found = re.search(rf"^{service}: (http://\S+)", text, re.MULTILINE)
            if found is None:
                return False
            process.url = found[1]
            async with httpx2.AsyncClient(base_url=process.url, timeout=HANG) as client:
                return (await client.get("/health/ready")).status_code == 200

        await eventually(ready)

    async def kill(self, service: str) -> None:
        """SIGKILL: no chance to tidy up."""
        self.processes[service].popen.kill()
        await asyncio.to_thread(self.processes[service].popen.wait)

    async def token(self, role: Role, org: str) -> str:
        assert self.installation.settings.postgres_dsn is not None
        connection = await asyncpg.connect(self.installation.settings.postgres_dsn.get_secret_value())
        try:
            return await create_token(connection, role=role, org=org, label="prueba", at=system_clock())
        finally:
            await connection.close()

    def client(self, token: str, service: str) -> httpx2.AsyncClient:
        """A way to one of the services, where it runs now."""
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx2.AsyncClient(base_url=self.processes[service].url, headers=headers, timeout=HANG, limits=SHORT)
        self.clients.append(client)
        return client

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()
        for process in self.processes.values():
            process.popen.kill()
            await asyncio.to_thread(process.popen.wait)


@pytest.fixture
async def apart(installation: Installation, tmp_path: Path) -> AsyncIterator[Apart]:
    everything = Apart(installation, tmp_path)
    try:
        await asyncio.gather(*(everything.start(service) for service in FACTORIES))
        yield everything
    finally:
        await everything.close()


async def items(client: httpx2.AsyncClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(path, params={"limit": 500})).json()["items"]
    return found


async def test_a_child_travelling_alone_is_accepted_by_unicef_across_four_processes(apart: Apart) -> None:
    worker, officer = await apart.token(Role.SHELTER_WORKER, "ALB-IXT-01"), await apart.token(Role.OFFICER, "UNICEF")
    auditor = await apart.token(Role.AUDITOR, "*")
    shelter = apart.client(worker, "intake")
    flagged = await shelter.post("/api/v1/submissions", json=sample_day()[5])
    assert flagged.status_code == 201
    case = flagged.json()["case_id"]

    alerts, desk = apart.client(officer, "notifications"), apart.client(officer, "referral")
    (alert,) = await eventually(lambda: items(alerts, "/api/v1/alerts"))
    (referral,) = await items(desk, "/api/v1/referrals")
    assert (referral["case_id"], referral["referral_id"]) == (case, alert["referral_id"])
    for step in ("acknowledge", "accept"):
        order = {"command_id": str(uuid4()), "expected_version": referral["version"]}
        answer = await desk.post(f"/api/v1/referrals/{referral['referral_id']}/{step}", json=order)
        assert answer.status_code == 200
        referral["version"] = answer.json()["version"]

    async def told() -> bool:
        status = (await shelter.get(f"/api/v1/cases/{case}")).json()
        return any(one["agency"] == "UNICEF" and one["state"] == "accepted" for one in status["referrals"])

    await eventually(told)
    history = apart.client(auditor, "audit")

    async def complete() -> bool:
        answer = await history.get(f"/api/v1/audit/cases/{case}/history")
        told = [entry["es"] for entry in answer.json().get("entries", [])]
        return all(any(word in line for line in told) for word in ("Cesaron", "aceptó"))

    await eventually(complete)


@pytest.mark.parametrize(
    "victim",
    [pytest.param(one, marks=() if one == "notifications" else pytest.mark.faults) for one in FACTORIES],
)  # the trials kill the others, too
async def test_whichever_service_is_killed_every_case_arrives_once(apart: Apart, victim: str) -> None:
    worker, officer = await apart.token(Role.SHELTER_WORKER, "ALB-IXT-01"), await apart.token(Role.OFFICER, "UNICEF")
    documents = [sample_day()[5] | {"submission_id": str(uuid4())} for _ in range(40)]
    answered = 0

    async def flag(document: dict[str, Any]) -> str:
        """Sends again until there is an answer, as a shelter's device does."""
        nonlocal answered
        while True:
            with suppress(httpx2.TransportError):
                answer = await apart.client(worker, "intake").post("/api/v1/submissions", json=document)
                if answer.status_code in {200, 201}:
                    answered += 1
                    case: str = answer.json()["case_id"]
                    return case
                assert answer.status_code == 503
            await asyncio.sleep(0.05)

    async def kill() -> None:
        async def some() -> bool:
            return answered >= 5

        await eventually(some)
        await apart.kill(victim)
        await apart.start(victim)

    killing = asyncio.create_task(kill())
    cases = [await flag(document) for document in documents]
    await killing
    alerts, desk = apart.client(officer, "notifications"), apart.client(officer, "referral")

    async def all_alerted() -> bool:
        return len(await items(alerts, "/api/v1/alerts")) >= len(cases)

    await eventually(all_alerted)
    referrals = [item["referral_id"] for item in await items(desk, "/api/v1/referrals")]
    assert sorted(item["case_id"] for item in await items(desk, "/api/v1/referrals")) == sorted(set(cases))
    assert sorted(item["referral_id"] for item in await items(alerts, "/api/v1/alerts")) == sorted(referrals)
    shelter = apart.client(worker, "intake")
    history = apart.client(await apart.token(Role.AUDITOR, "*"), "audit")
    for case in (cases[0], cases[-1]):

        async def told(case: str = case) -> bool:
            return bool((await shelter.get(f"/api/v1/cases/{case}")).json()["referrals"])

        async def traced(case: str = case) -> bool:
            answer = await history.get(f"/api/v1/audit/cases/{case}/history")
            names = [entry["name"] for entry in answer.json().get("entries", [])]
            assert len(names) == len(
                set(zip(names, (e["stream"] for e in answer.json().get("entries", [])), strict=True))
            )
            return "notifications.alert_raised" in names

        await eventually(told)
        await eventually(traced)


async def test_sigterm_ends_every_service_within_seconds_although_a_stream_is_open(apart: Apart) -> None:
    officer = await apart.token(Role.OFFICER, "UNICEF")
    client = apart.client(officer, "notifications")
    async with client.stream("GET", "/api/v1/alerts/stream") as stream:
        assert stream.status_code == 200
        for process in apart.processes.values():
            process.popen.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WITHIN):
            with suppress(httpx2.TransportError):
                async for _ in stream.aiter_lines():
                    pass
            codes = await asyncio.gather(
                *(asyncio.to_thread(process.popen.wait, WITHIN) for process in apart.processes.values())
            )
    assert codes == [0] * len(FACTORIES)
    for process in apart.processes.values():
        assert "Traceback" not in process.said.read_text(encoding="utf-8")
