"""What a shelter does with its own cases and sendings, as tests do it."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2

from services.intake.submissions.domain import subject_of
from tests.support.builders.slips import arrives, slip_of
from tests.support.people.people import Item, Programme, an_adult

NAME, PHONE = "CANARIO María Ñandú", "+52 963 000 1234"
WHO = {"name": NAME, "phone": PHONE, "notes": "CANARIO tiene una hermana en Oaxaca"}


def somebody(*asked: Item, **answers: Any) -> Item:
    """An adult who said their name."""
    return an_adult(*asked, **answers) | {"person": dict(WHO)}


def spoilt(document: Item) -> Item:
    """The same with two faults."""
    return {**document, "screening": {**document["screening"], "sex": "CANARIO", "needs": ["CANARIO"]}}


async def opens(client: httpx2.AsyncClient, case: str, purpose: str = "contact", **more: Any) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "purpose": purpose, **more}
    return await client.post(f"/api/v1/cases/{case}/identity", json=body)


async def person_of(client: httpx2.AsyncClient, case: str, purpose: str = "contact", **more: Any) -> Item:
    answer = await opens(client, case, purpose, **more)
    assert answer.status_code == 200, answer.text
    person: Item = answer.json()["person"]
    return person


async def all_cases(client: httpx2.AsyncClient, **filters: Any) -> list[Item]:
    """Every case that the client may list, page by page."""
    found: list[Item] = []
    cursor: Item = {}
    while True:
        answer = await client.get("/api/v1/cases", params={"limit": 100, **filters, **cursor})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return found
        cursor = {"cursor": answer.json()["next_cursor"]}


async def listed(client: httpx2.AsyncClient, case: str, **filters: Any) -> Item | None:
    """The case in the client's list, if it is there."""
    found = [item for item in await all_cases(client, **filters) if item["case_id"] == case]
    assert len(found) <= 1
    return found[0] if found else None


async def refusals(client: httpx2.AsyncClient, submission: str, **filters: Any) -> list[Item]:
    """What was refused of the client's organisation under a submission's id, newest first."""
    answer = await client.get("/api/v1/refusals", params={"limit": 200, **filters})
    assert answer.status_code == 200, answer.text
    return [item for item in answer.json()["items"] if item["submission_id"] == submission]


async def with_refusal(client: httpx2.AsyncClient, refusal: Item, what: str, **says: Any) -> httpx2.Response:
    """Opens, corrects or discards what was refused."""
    body = {"command_id": str(uuid4()), **says}
    return await client.post(f"/api/v1/refusals/{refusal['refusal_id']}/{what}", json=body)


async def goes_on(programme: Programme, next_one: httpx2.AsyncClient, case: str, **consent: Any) -> None:
    """The person arrives at the next shelter."""
    answer = await arrives(next_one, await slip_of(programme.shelter, case), consent=consent)
    assert answer.status_code == 201, answer.text


async def erased(programme: Programme, submission: str) -> None:
    """The person's keys are destroyed."""
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    admin = await asyncpg.connect(dsn.get_secret_value())
    try:
        await admin.execute("delete from vault.key where subject = $1", subject_of(UUID(submission)))
    finally:
        await admin.close()
