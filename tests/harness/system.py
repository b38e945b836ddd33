"""The whole system as a test uses it: served, with somebody signed in, and a way to wait for what must come."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import asyncpg
import httpx2

from events.vocabulary import Role
from services.audit.history import LOGS
from services.chassis.clock import Clock, system_clock
from services.chassis.service import Service
from services.chassis.serving import listen, served, url_of
from services.chassis.tokens import create_token
from services.system import Ground

T = TypeVar("T")

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS: a client that reads every authority's certificate first takes longer than most requests."""

DAY = Path(__file__).parents[2] / "services" / "demo" / "day-2013-06-12.jsonl"
"""The sample day as it comes with the program."""


def sample_day() -> list[dict[str, Any]]:
    """The 120 submissions of 12 June 2013."""
    return [json.loads(line) for line in DAY.read_text(encoding="utf-8").splitlines()]


async def eventually(look: Callable[[], Awaitable[T]], *, within: float = 45.0) -> T:
    """Looks again and again until something is there; what it found."""
    until = monotonic() + within
    while True:
        found = await look()
        if found:
            return found
        assert monotonic() < until, "it did not come"
        await asyncio.sleep(0.01)


@dataclass
class System:
    """Every service in one process."""

    ground: Ground
    url: str
    services: list[Service]
    _clients: list[httpx2.AsyncClient] = field(default_factory=list)

    async def signed_in(self, role: Role, org: str, label: str = "prueba") -> httpx2.AsyncClient:
        """A client with a token of its own."""
        assert self.ground.settings.postgres_dsn is not None
        connection = await asyncpg.connect(self.ground.settings.postgres_dsn.get_secret_value())
        try:
            token = await create_token(connection, role=role, org=org, label=label, at=system_clock())
        finally:
            await connection.close()
        bearer = {"Authorization": f"Bearer {token}"}
        client = httpx2.AsyncClient(base_url=self.url, headers=bearer, timeout=30, verify=NO_TLS)
        self._clients.append(client)
        return client

    def service(self, name: str) -> Service:
        """One of the services."""
        return next(service for service in self.services if service.name == name)

    async def audited(self) -> None:
        """Until audit has seen all that the other services have recorded by now."""
        heads = {log: await self.service(log).log.head() for log in LOGS}

        async def seen() -> bool:
            return all(follower.position >= heads[follower.upstream] for follower in self.service("audit").followers)

        await eventually(seen)

    async def referrals_of(self, client: httpx2.AsyncClient, case: str) -> list[dict[str, Any]]:
        """A case's referrals once the rules have been run on it."""

        async def look() -> list[dict[str, Any]]:
            answer = await client.get("/api/v1/referrals", params={"case": case})
            items: list[dict[str, Any]] = answer.json()["items"]
            return items

        return await eventually(look)

    async def close(self) -> None:
        """Closes the clients."""
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def running(ground: Ground, clock: Clock = system_clock) -> AsyncIterator[System]:
    """Serves everything, ready to be used."""
    app = ground.application(clock)
    listener = listen("127.0.0.1", 0)
    url = url_of(listener)
    async with served(app, listener):
        system = System(ground, url, list(app.state.services))
        async with httpx2.AsyncClient(base_url=url, verify=NO_TLS) as client:

            async def ready() -> bool:
                return (await client.get("/health/ready")).status_code == 200

            await eventually(ready)
        try:
            yield system
        finally:
            await system.close()
