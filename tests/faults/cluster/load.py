"""A steady load of submissions, and the books that are balanced after a fault."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from nats.aio.client import Client

from events.vocabulary import Role
from services.chassis.names import SERVICES, UPSTREAMS, Names
from services.chassis.replication.cloudevents import LEAF_HASH
from services.system import Installation
from tests.support.system.logs import as_admin, everything, opened
from tests.support.system.system import DAY, System, eventually, sample_day

RATE = 12
"""Submissions a second: what a busy day brings in an hour."""


def expected() -> list[set[tuple[str, bool]]]:
    """Of the sample day's first submissions: the agencies of each, and whether it may be sent to them."""
    lines = (DAY.with_name("day-2013-06-12.expected-first-30.jsonl")).read_text(encoding="utf-8").splitlines()
    return [{(one["agency"], one["state"] == "requested") for one in json.loads(line)["referrals"]} for line in lines]


class Load:
    """Submissions at a steady rate, each sent until it is answered, however the servers are."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self.acknowledged: dict[str, int] = {}
        """Case → which submission of the sample day it is."""

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """Keeps the load on; whatever was begun is answered before this ends."""
        stopping = asyncio.Event()
        pouring = asyncio.create_task(self._pour(stopping))
        try:
            yield
        finally:
            stopping.set()
            await pouring

    async def more(self, number: int) -> None:
        """Waits until so many more were acknowledged."""
        wanted = len(self.acknowledged) + number

        async def there() -> bool:
            return len(self.acknowledged) >= wanted

        await eventually(there)

    async def _pour(self, stopping: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as sending:
            number = 0
            while not stopping.is_set():
                sending.create_task(self._flag(number % 30))
                number += 1
                with suppress(TimeoutError):
                    async with asyncio.timeout(1 / RATE):
                        await stopping.wait()

    async def _flag(self, index: int) -> None:
        document = sample_day()[index] | {"submission_id": str(uuid4())}
        shelter = document["shelter"]
        if shelter not in self._clients:
            self._clients[shelter] = await self._system.signed_in(Role.SHELTER_WORKER, shelter)
        answer = await self._clients[shelter].post("/api/v1/submissions", json=document)
        assert answer.status_code == 201, answer.text
        self.acknowledged[answer.json()["case_id"]] = index


def same(found: Counter[Any], wanted: Counter[Any]) -> None:
    assert {"lost": wanted - found, "twice or unasked": found - wanted} == {
        "lost": Counter(),
        "twice or unasked": Counter(),
    }


async def balanced(installation: Installation, acknowledged: dict[str, int]) -> None:
    """Every acknowledged submission has exactly its referrals, each sent one exactly one alert; nothing is parked."""
    assert installation.settings.postgres_dsn is not None
    wanted = Counter((case, agency, sent) for case, index in acknowledged.items() for agency, sent in expected()[index])
    alerts = Counter({(case, agency): 1 for case, agency, sent in wanted if sent})
    async with as_admin(installation.settings.postgres_dsn.get_secret_value()) as admin:
        await eventually(lambda: _all_followed(admin))
        cases = await admin.fetch("select case_id from intake.event where topic like 'intake.case_opened%'")
        same(Counter(str(row["case_id"]) for row in cases), Counter(list(acknowledged)))
        referrals = await admin.fetch("select referral_id, case_id, agency, sent_at from referral.referral")
        found = Counter((str(row["case_id"]), row["agency"], row["sent_at"] is not None) for row in referrals)
        same(found, wanted)
        of = {row["referral_id"]: (str(row["case_id"]), row["agency"]) for row in referrals}
        raised = await admin.fetch(
            "select referral_id from notifications.alert where about = 'referral' and shelter is null"
        )
        same(Counter(of[row["referral_id"]] for row in raised), alerts)
        for service in SERVICES:
            assert await admin.fetchval(f"select count(*) from {service}.parked") == 0


async def _all_followed(admin: asyncpg.Connection) -> bool:
    """Everybody has handled all that the logs hold, so that nothing more can come."""
    async with admin.transaction(isolation="repeatable_read"):  # one moment: nothing is between two logs unseen
        for service, upstreams in UPSTREAMS.items():
            rows = await admin.fetch(f"select upstream, position from {service}.tracking")
            positions = {row["upstream"]: row["position"] for row in rows}
            for upstream in upstreams:
                head = await admin.fetchval(f"select position from {upstream}.head")
                if positions.get(upstream, 0) != head:
                    return False
    return True


async def streams_equal_logs(installation: Installation, client: Client) -> None:
    """Sequence = position, with the same id and the same hash, in every log."""
    assert installation.settings.postgres_dsn is not None
    jetstream, names = client.jetstream(), Names()
    for service in SERVICES:
        async with opened(installation.settings.postgres_dsn.get_secret_value(), installation.secrets, service) as log:

            async def as_long(service: str = service, log: Any = log) -> bool:
                info = await jetstream.stream_info(names.stream(service))
                return bool(info.state.last_seq == info.state.messages == await log.head())

            await eventually(as_long)
            entries = await everything(log)
        assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
        for entry in entries:
            message = await jetstream.get_msg(names.stream(service), seq=entry.position)
            headers = message.headers or {}
            assert (headers["ce-id"], headers[LEAF_HASH], message.data) == (
                str(entry.id),
                entry.leaf_hash().hex(),
                entry.state,
            )
