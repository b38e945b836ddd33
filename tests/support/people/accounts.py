"""People with accounts, as a test has them: made by an administrator, signed in with a browser's client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pyotp

from events.vocabulary import Role
from services.chassis.clock import Clock, system_clock
from services.chassis.identity import administration
from services.chassis.web.cookies import HEADER
from services.system import Installation
from tests.support.system.system import HANG, NO_TLS, SHORT, System

PASSWORD = "canario azul en la ventana"  # noqa: S105 - of nobody
OURS = {HEADER: "1", "Sec-Fetch-Site": "same-origin"}
"""What a page of ours sends with whatever changes something."""


@asynccontextmanager
async def as_administrator(installation: Installation) -> AsyncIterator[asyncpg.Connection]:
    assert installation.settings.postgres_dsn is not None
    connection = await asyncpg.connect(installation.settings.postgres_dsn.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


async def account(installation: Installation, person: str, role: Role, org: str, clock: Clock = system_clock) -> str:
    """A new account; its first-time code."""
    async with as_administrator(installation) as connection:
        return await administration.create_person(
            connection,
            person,
            label="Guardia",
            role=role,
            org=org,
            language="es",
            time_zone="America/Mexico_City",
            at=clock(),
        )


def browser(system: System, **headers: str) -> httpx2.AsyncClient:
    """A client that keeps its cookies, and sends what our pages send."""
    return httpx2.AsyncClient(base_url=system.url, headers=OURS | headers, timeout=HANG, verify=NO_TLS, limits=SHORT)


async def enters(client: httpx2.AsyncClient, person: str, password: str = PASSWORD) -> httpx2.Response:
    return await client.post("/api/v1/session", json={"account": person, "password": password})


async def enters_first(client: httpx2.AsyncClient, person: str, code: str) -> httpx2.Response:
    body = {"account": person, "code": code, "password": PASSWORD}
    return await client.post("/api/v1/session/first", json=body)


async def enrols(client: httpx2.AsyncClient, clock: Clock = system_clock) -> tuple[pyotp.TOTP, list[str]]:
    """Puts a second factor into a telephone; it and the printed codes."""
    offered = (await client.post("/api/v1/session/totp")).json()
    phone = pyotp.TOTP(offered["secret"])
    confirmed = await client.post("/api/v1/session/totp/confirm", json={"code": phone.at(clock())})
    assert confirmed.status_code == 201, confirmed.text
    codes: list[str] = confirmed.json()["recovery_codes"]
    return phone, codes


async def proves(client: httpx2.AsyncClient, password: str = PASSWORD) -> httpx2.Response:
    """Gives the password again, within a session."""
    return await client.post("/api/v1/session/proof", json={"password": password})


async def enters_whole(
    client: httpx2.AsyncClient, person: str, phone: pyotp.TOTP, clock: Clock = system_clock
) -> httpx2.Response:
    """Both steps; the clock must have moved on since the last code."""
    await enters(client, person)
    return await client.post("/api/v1/session/second-step", json={"code": phone.at(clock())})


async def who(client: httpx2.AsyncClient) -> Any:
    """What the program takes a client for; the status if it takes it for nobody."""
    answer = await client.get("/api/v1/session")
    return answer.json() if answer.status_code == 200 else answer.status_code


def failed(answer: httpx2.Response) -> tuple[int, Any]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]
