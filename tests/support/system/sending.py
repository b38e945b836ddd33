"""Shelters that send one case after the other, and what became of each."""

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2

from events.vocabulary import Role
from tests.support.system.system import System, eventually, sample_day

SHELTER = "ALB-IXT-01"
SENDERS = 3


@dataclass
class Sending:
    """What was answered."""

    system: System
    accepted: list[str] = field(default_factory=list)
    """The ids of the cases."""
    repeated: int = 0
    """Answers that made a sender repeat."""
    refused: list[int] = field(default_factory=list)
    """Statuses of a request that was repeated and not accepted then, either."""

    async def another(self, number: int = 3) -> None:
        """Until so many more were accepted."""
        wanted = len(self.accepted) + number

        async def enough() -> bool:
            return len(self.accepted) >= wanted or bool(self.refused)

        await eventually(enough)

    async def send(self, client: httpx2.AsyncClient) -> None:
        """One case, sent again once if it is not accepted."""
        document = copy.deepcopy(sample_day()[5]) | {"submission_id": str(uuid4())}
        for attempt in (1, 2):
            answer = await client.post("/api/v1/submissions", json=document)
            if answer.status_code in (200, 201):
                self.accepted.append(answer.json()["case_id"])
                return
            self.repeated += 1
            if attempt == 1:
                await asyncio.sleep(1)
        self.refused.append(answer.status_code)


@asynccontextmanager
async def sending(system: System) -> AsyncIterator[Sending]:
    """Shelters send until the context ends. Then every case is looked for, in the log and at audit."""
    load, over = Sending(system), asyncio.Event()
    client = await system.signed_in(Role.SHELTER_WORKER, SHELTER)

    async def sender() -> None:
        while not over.is_set():
            await load.send(client)

    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(sender())
        try:
            await load.another()
            yield load
            await load.another()
        finally:
            over.set()
    assert load.refused == []
    await system.audited()
    async with system.service("intake").context.database.as_system() as connection:
        stored = await connection.fetchval(
            "select count(distinct stream) from event where stream = any($1::uuid[])", load.accepted
        )
    assert stored == len(set(load.accepted)) == len(load.accepted)
