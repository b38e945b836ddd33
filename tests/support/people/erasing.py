"""Erasing persons, and losing their keys, as tests do it."""

from typing import Any
from uuid import uuid4

import asyncpg
import httpx2

from tests.support.people.people import Item, Programme
from tests.support.system.system import HANG


async def in_the_vault(programme: Programme, statement: str, *values: Any) -> list[Any]:
    """What the administrator's statement returns."""
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    admin = await asyncpg.connect(dsn.get_secret_value())
    try:
        return list(await admin.fetch(statement, *values))
    finally:
        await admin.close()


async def erase(
    client: httpx2.AsyncClient, target: str, basis: str = "person_request", kind: str = "cases"
) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "basis": basis}
    return await client.post(f"/api/v1/{kind}/{target}/erasure", json=body)


async def lose_the_keys(programme: Programme, case: str) -> None:
    """The keys are gone as after the restore of a dump from before they were made: nobody destroyed them."""
    subject = "(select subject from intake.submission where case_id = $1)"
    await in_the_vault(programme, f"delete from vault.key where subject = {subject}", case)
    await in_the_vault(programme, f"delete from vault.erased where subject = {subject}", case)


async def parked(programme: Programme) -> list[Item]:
    secrets = programme.system.installation.secrets
    headers = {"Authorization": f"Bearer {secrets.operator_token}"}
    async with httpx2.AsyncClient(base_url=programme.system.url, headers=headers, timeout=HANG) as operator:
        items: list[Item] = (await operator.get("/api/v1/operate/parked")).json()["items"]
        return items
