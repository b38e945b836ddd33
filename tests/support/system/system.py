"""The whole system as a test uses it: served, with somebody signed in, and a way to wait for what must come."""

import asyncio
import hashlib
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import asyncpg
import httpx2

from events.vocabulary import Role
from services.chassis.clock import Clock, system_clock
from services.chassis.eventlog.reactions import BatchHandler
from services.chassis.identity.tokens import create_token
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.runtime.service import Service
from services.system import Installation

T = TypeVar("T")

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS: a client that reads every authority's certificate first takes longer than most requests."""

SHORT = httpx2.Limits(keepalive_expiry=1.0)
"""The server closes a connection that was idle for five seconds, as long as a client keeps one by itself: a request
that leaves just then meets a closed connection."""

DAY = Path(__file__).parents[3] / "services" / "demo" / "day-2013-06-12.jsonl"
"""The sample day as it comes with the program."""


def sample_day() -> list[dict[str, Any]]:
    """The 120 submissions of 12 June 2013."""
    return [json.loads(line) for line in DAY.read_text(encoding="utf-8").splitlines()]


LEAST, LOOKS, MOST = 120.0, 500, 300.0
"""Seconds, looks, seconds. On an idle machine so many looks take less than two minutes, on a busy one longer."""
SOONEST, LATEST, PACE = 0.01, 0.2, 0.1
"""Seconds between two looks at least and at most; in between, a tenth of what was waited already. A look is a request:
whoever looks without a pause takes the processor from what is waited for."""
HANG = 300.0
"""Seconds for a request that is answered: a time-out is there to name a hang, not to measure."""


async def eventually(look: Callable[[], Awaitable[T]], *, within: float | None = None) -> T:
    """Looks again and again until something is there; what it found.

    Gives up after two minutes *and* hundreds of looks, so that a busy machine makes a test slower, not red.
    ``within``: seconds after which a harness that expects failures goes on.

    Raises:
        AssertionError: it did not come.
    """
    begin, looks = monotonic(), 0
    while True:
        found = await look()
        if found:
            return found
        looks, waited = looks + 1, monotonic() - begin
        over = waited >= MOST or (waited >= LEAST and looks >= LOOKS) if within is None else waited >= within
        assert not over, f"it did not come in {waited:.0f} s and {looks} looks"
        await asyncio.sleep(min(max(SOONEST, PACE * waited), LATEST))


@dataclass
class System:
    """Every service in one process."""

    installation: Installation
    url: str
    services: list[Service]
    metrics_url: str | None = None
    """Where its numbers are, if its settings have a port for them."""
    _clients: list[httpx2.AsyncClient] = field(default_factory=list)

    async def signed_in(self, role: Role, org: str, label: str = "prueba") -> httpx2.AsyncClient:
        """A client with a token of its own: a person's, one for each role, organisation and label; or a program's."""
        return await self._with_token(role, org, label, person=role is not Role.INTEGRATOR)

    async def nobody_in_particular(self, role: Role, org: str, label: str = "prueba") -> httpx2.AsyncClient:
        """A client with a token that has a role and belongs to no person."""
        return await self._with_token(role, org, label, person=False)

    async def person(self, role: Role, org: str, label: str = "prueba") -> str:
        """The code of the account that ``signed_in`` signs in with; made if there is none."""
        async with self._administrator() as connection:
            return await _account(connection, role, org, label)

    async def becomes(self, person: str, role: Role) -> None:
        """Gives an account another role: whoever is signed in with it has that role from the next request on."""
        async with self._administrator() as connection:
            await connection.execute("update accounts.person set role = $2 where person = $1", person, role.value)

    async def _with_token(self, role: Role, org: str, label: str, *, person: bool) -> httpx2.AsyncClient:
        async with self._administrator() as connection:
            whose = await _account(connection, role, org, label) if person else None
            token = await create_token(connection, role=role, org=org, label=label, at=system_clock(), person=whose)
        bearer = {"Authorization": f"Bearer {token}"}
        client = httpx2.AsyncClient(base_url=self.url, headers=bearer, timeout=HANG, verify=NO_TLS, limits=SHORT)
        self._clients.append(client)
        return client

    @asynccontextmanager
    async def _administrator(self) -> AsyncIterator[asyncpg.Connection]:
        assert self.installation.settings.postgres_dsn is not None
        connection = await asyncpg.connect(self.installation.settings.postgres_dsn.get_secret_value())
        try:
            yield connection
        finally:
            await connection.close()

    def service(self, name: str) -> Service:
        """One of the services."""
        return next(service for service in self.services if service.name == name)

    async def audited(self) -> None:
        """Until audit has seen all that the other services have recorded by now."""
        await self.followed_by("audit")

    async def followed_by(self, name: str) -> None:
        """Until this service has seen all that those it follows have recorded by now."""
        followers = self.service(name).followers
        heads: dict[str, int] = {one.upstream: await self.service(one.upstream).log.head() for one in followers}

        async def seen() -> bool:
            return all(one.position >= heads[one.upstream] for one in followers)

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


PERSON = re.compile(r"p-\d{3}")
"""A label that is a person's code in the directory: the account has that code."""


async def _make_account(connection: asyncpg.Connection, code: str, role: Role, org: str, label: str) -> None:
    await connection.execute(
        """insert into accounts.person (person, label, role, org, created_at) values ($1, $2, $3, $4, $5)
        on conflict (person) do nothing""",
        code, label, role.value, org, system_clock(),
    )  # fmt: skip


async def _account(connection: asyncpg.Connection, role: Role, org: str, label: str) -> str:
    """The account of that role, organisation and label. Its code follows from them, beyond those that tests name."""
    if PERSON.fullmatch(label):
        await _make_account(connection, label, role, org, label)
        return label
    number = int.from_bytes(hashlib.sha256(f"{role}|{org}|{label}".encode()).digest()[:4])
    while True:
        code = f"p-{100_000 + number % 900_000}"
        await _make_account(connection, code, role, org, label)
        query = "select (role, org, label) = ($2, $3, $4) from accounts.person where person = $1"
        if await connection.fetchval(query, code, role.value, org, label):
            return code
        number += 1


async def until_attached(services: Sequence[Service]) -> None:
    """Until each copies its log and follows the others: before its log was held against its stream it takes nothing."""

    async def attached() -> bool:
        return all(service.attached for service in services)

    await eventually(attached)


@asynccontextmanager
async def running(
    installation: Installation,
    clock: Clock = system_clock,
    *,
    loops: Mapping[str, Sequence[Callable[[], Coroutine[Any, Any, None]]]] | None = None,
    handlers: Mapping[str, Callable[[BatchHandler], BatchHandler]] | None = None,
    port: int = 0,
) -> AsyncIterator[System]:
    """Serves everything, ready to be used. By service: further ``loops``, and ``handlers`` around its own.

    ``port``: one that the settings name already; 0: any that is free.
    """
    app = installation.application(clock)
    for service in app.state.services:
        service.loops = [*service.loops, *(loops or {}).get(service.name, ())]
        around = (handlers or {}).get(service.name)
        if around is not None:
            service.follows = {upstream: around(handle) for upstream, handle in service.follows.items()}
    listener = listen("127.0.0.1", port)
    url = url_of(listener)
    async with served(app, listener):
        system = System(installation, url, list(app.state.services), getattr(app.state, "metrics_url", None))
        async with httpx2.AsyncClient(base_url=url, verify=NO_TLS, timeout=HANG) as client:

            async def ready() -> bool:
                return (await client.get("/health/ready")).status_code == 200

            await eventually(ready)

        await until_attached(system.services)
        try:
            yield system
        finally:
            await system.close()
