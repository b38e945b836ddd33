"""Cases in which a task with a clock begins, and what people do with their tasks."""

from typing import Any
from uuid import uuid4

import httpx2

from tests.support.people.people import Item, an_adult, consent_to


def a_child(**answers: Any) -> Item:
    """A child alone, heard and informed: sent to UNICEF in their best interests."""
    document = an_adult(**{"age_band": "12-14", "accompaniment": "alone", **answers})
    del document["screening"]["travelling"]
    return document | {"best_interests": {"assent": "yes", "basis": "assessment_started"}}


def somebody_unconscious() -> Item:
    """An adult in danger who cannot decide: sent to OIM in their vital interest."""
    return an_adult(
        consent_to("OIM", "cannot_decide"), danger_now="yes", medical_now="yes", fear_of_return="no", harm_events=[]
    )


async def tasks_of(client: httpx2.AsyncClient, case: str, *, ended: bool = False) -> list[Item]:
    answer = await client.get("/api/v1/obligations", params={"case": case, "ended": ended})
    assert answer.status_code == 200, answer.text
    items: list[Item] = answer.json()["items"]
    return items


async def says_done(
    client: httpx2.AsyncClient, task: Item, result: str = "done", command: str | None = None
) -> httpx2.Response:
    body = {"command_id": command or str(uuid4()), "result": result}
    return await client.post(f"/api/v1/obligations/{task['task_id']}/done", json=body)
