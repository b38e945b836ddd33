"""Every service runs twice: one instance leads, and whoever is served by the other one misses nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.chassis.secrets.installation import Secrets
from tests.support.system.health import flow, ready, until_flowing
from tests.support.system.installations import fresh_database, fresh_installation
from tests.support.system.servers import RunServers
from tests.support.system.system import HANG, System, eventually, running, sample_day


@dataclass(frozen=True)
class Twice:
    """Two processes' worth of every service, on the same servers."""

    leading: System
    warm: System


@pytest.fixture(scope="module")
async def twice(run_servers: RunServers, secrets: Secrets, namespaces: Iterator[str]) -> AsyncIterator[Twice]:
    async with (
        fresh_database(run_servers) as dsn,
        fresh_installation(run_servers, dsn, secrets, next(namespaces)) as installation,
        running(installation) as leading,
        running(installation) as warm,
    ):
        yield Twice(leading, warm)


def _submission() -> dict[str, Any]:
    return sample_day()[5] | {"submission_id": str(uuid4())}


async def test_both_take_requests_and_one_says_that_it_leads(twice: Twice) -> None:
    for system, leads in ((twice.leading, True), (twice.warm, False)):
        await until_flowing(system)
        status, services = await ready(system)
        assert status == 200
        assert {name: each["leads"] for name, each in services.items()} == dict.fromkeys(services, leads)
        checks = [one for each in (await flow(system))[1].values() for one in each["checks"]]
        assert [one["ok"] for one in checks if one["code"] == "leader"] == [True] * 4


async def test_a_case_that_the_other_instance_takes_goes_all_the_way_and_is_read_there(twice: Twice) -> None:
    shelter = await twice.warm.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    case = (await shelter.post("/api/v1/submissions", json=_submission())).json()["case_id"]
    officer = await twice.warm.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    assert await twice.warm.referrals_of(officer, case)


async def test_an_officer_is_alerted_on_a_stream_of_either_instance(twice: Twice) -> None:
    heard: dict[str, list[str]] = {"leading": [], "warm": []}

    async def listen(system: System, name: str, opened: asyncio.Event) -> None:
        client = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
        async with client.stream("GET", "/api/v1/alerts/stream") as stream:
            opened.set()
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    heard[name].append(line)

    tasks = []
    for name, system in (("leading", twice.leading), ("warm", twice.warm)):
        opened = asyncio.Event()
        tasks.append(asyncio.create_task(listen(system, name, opened)))
        async with asyncio.timeout(HANG):
            await opened.wait()
    try:
        shelter = await twice.leading.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
        await shelter.post("/api/v1/submissions", json=_submission())

        async def both() -> bool:
            return bool(heard["leading"] and heard["warm"])

        await eventually(both)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert len(set(heard["warm"])) == len(heard["warm"]), "nothing is told twice"
