"""An alert says nothing but urgency and code."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from events.vocabulary import Role
from tests.support.builders.canary_submission import SHELTER
from tests.support.system.system import System, eventually, sample_day


async def test_an_alert_says_nothing_but_urgency_and_code(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    heard: list[str] = []

    async def listen() -> None:
        async with officer.stream("GET", "/api/v1/alerts/stream") as stream:
            async for line in stream.aiter_lines():
                heard.append(line)  # noqa: PERF401 - kept also when the listening is cancelled

    listening = asyncio.create_task(listen())
    child = sample_day()[5]

    async def alerts() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await officer.get("/api/v1/alerts")).json()["items"]
        return items

    async def told() -> bool:
        """Flags a child again and again until the stream, once open, has told of one."""
        await shelter.post("/api/v1/submissions", json=child | {"submission_id": str(uuid4())})
        return any(line.startswith("data:") for line in heard)

    await eventually(told)
    alert = (await eventually(alerts))[0]
    assert alert.keys() == {
        "alert_id", "sequence", "delivery", "referral_id", "agency", "urgency", "code", "text", "state", "raised_at",
        "answered_at", "about", "shelter", "case_id", "obligation_id",
    }  # fmt: skip
    assert (alert["shelter"], alert["case_id"], alert["obligation_id"]) == (None, None, None)
    assert alert["text"] == f"Tiene una canalización {alert['urgency']} pendiente, código {alert['code']}"
    for word in (SHELTER, child["screening"]["country_origin"], "NNA", "ASILO", child["person"]["name"]):
        assert word not in json.dumps([alert, heard], ensure_ascii=False)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
