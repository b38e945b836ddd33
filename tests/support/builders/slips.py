"""People on their way: their slips, and the shelters that they come to."""

from typing import Any
from uuid import uuid4

import httpx2

from tests.support.people.people import Item

NEXT_SHELTER = "ALB-TAP-01"
WORD = "Colibrí"

AGREED = {"given_by": "self", "fields": ["all"], "how": "signed", "wording_version": "entrega-es-1"}


async def asks_for_a_slip(shelter: httpx2.AsyncClient, case: str, **changes: Any) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "word": WORD, **changes}
    return await shelter.post(f"/api/v1/cases/{case}/slip", json=body)


async def slip_of(shelter: httpx2.AsyncClient, case: str, **changes: Any) -> str:
    """The code of a new slip. Nobody minds what kind of case it is."""
    answer = await asks_for_a_slip(shelter, case, **{"override": True, **changes})
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    return code


async def arrives(shelter: httpx2.AsyncClient, slip: str, word: str = WORD, **changes: Any) -> httpx2.Response:
    """The person comes to a shelter, which asks to take the case over; ``consent`` changes what they agree to."""
    consent = AGREED | changes.pop("consent", {})
    body = {"command_id": str(uuid4()), "slip": slip, "word": word, "consent": consent, **changes}
    return await shelter.post("/api/v1/handovers", json=body)


async def takes_back(anybody: httpx2.AsyncClient, slip: str, word: str = WORD, **changes: Any) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "slip": slip, "word": word, **changes}
    return await anybody.post("/api/v1/slips/withdraw", json=body)


async def says(
    anybody: httpx2.AsyncClient, slip: str, confirmation: str, word: str = WORD, **changes: Any
) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "slip": slip, "word": word, "confirmation": confirmation, **changes}
    return await anybody.post("/api/v1/slips/confirm", json=body)


async def checked(shelter: httpx2.AsyncClient, case: str, answer: str, **changes: Any) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "answer": answer, **changes}
    return await shelter.post(f"/api/v1/cases/{case}/withdrawal-check", json=body)


async def case_as(client: httpx2.AsyncClient, case: str) -> Item:
    found: Item = (await client.get(f"/api/v1/cases/{case}")).json()
    return found
