"""A shelter's software submits cases over HTTP or NATS, as a test does it."""

import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx2
import nats

from services.chassis.names import shelter_user
from services.intake.submissions.domain import case_of
from tests.support.system.system import HANG, System

SHELTER = "ALB-IXT-01"
CANARY = "CANARIO-7f3k María"

Document = dict[str, Any]


@dataclass
class Answer:
    """What the shelter's software gets, whichever way it asked."""

    status: int
    media_type: str
    body: dict[str, Any]


class Send(Protocol):
    """Sends a document with a token, or without one, and with more headers."""

    def __call__(self, document: bytes, token: str | None, /, **more: str) -> Coroutine[Any, Any, Answer]: ...


@asynccontextmanager
async def over_http(system: System) -> AsyncIterator[Send]:
    """Sends by ``POST``."""
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as client:

        async def send(document: bytes, token: str | None, /, **more: str) -> Answer:
            headers = {"Authorization": token} if token else {}
            headers |= {name.replace("_", "-"): value for name, value in more.items()}
            got = await client.post("/api/v1/submissions", content=document, headers=headers)
            return Answer(got.status_code, got.headers["content-type"], got.json())

        yield send


@asynccontextmanager
async def over_nats(system: System) -> AsyncIterator[Send]:
    """Sends by a request on the shelter's own subject."""
    names, secrets = system.installation.settings.names, system.installation.secrets
    connection = await nats.connect(
        system.installation.settings.nats_url or "",
        user=names.user(shelter_user(SHELTER)),
        password=secrets.shelter_nats[SHELTER],
        inbox_prefix=names.inbox(shelter_user(SHELTER)).encode(),
    )

    async def send(document: bytes, token: str | None, /, **more: str) -> Answer:
        headers = {"Authorization": token} if token else {}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        got = await connection.request(names.submit(SHELTER), document, timeout=HANG, headers=headers or None)
        assert got.headers is not None
        return Answer(int(got.headers["status"]), got.headers["content-type"], json.loads(got.data))

    try:
        yield send
    finally:
        await connection.close()


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


async def cases_in_the_log(system: System, child: Document) -> int:
    """How many cases were opened by this submission; what was refused is in the log too, sealed."""
    case = case_of(UUID(child["submission_id"]))
    history = (await system.service("intake").log.streams([case]))[case]
    return sum(fact.event.NAME == "intake.case_opened" for fact in history)


def is_a_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.body.get("code")) == (status, code)
    assert answer.media_type == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["title"] != answer.body["title_en"]
    assert "CANARIO" not in json.dumps(answer.body)
