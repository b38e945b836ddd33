"""Shelters that live through the same, one of them with harm by its staff: what each is answered, made comparable.

Ids, codes and cursors are replaced by the order in which a shelter first saw them. The clock stands still while both
act, so that times, counters, versions and lengths are compared as they are.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from services.chassis.clock import Clock
from tests.support.fakes.gateway import Gateway
from tests.support.people.people import Item
from tests.support.system.system import HANG, System, eventually

ROLES = ("shelter_worker", "shelter_coordinator", "integrator")
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CURSOR = re.compile(r'(?<="sequence":")[\w-]{40,}|(?<="next_cursor":")[\w-]{40,}|(?<=^id:)[\w-]{40,}')
CODE = re.compile(
    r'(?<="code":")[0-9A-Z]{4}(?=")|(?<=[Cc]ódigo )[0-9A-Z]{4}|(?<=Canalización )[0-9A-Z]{4}\b'
    r"|(?<=>)(?!PEAS)[0-9A-Z]{4}(?=<)|\b[2-9A-Z]{4}(?:-[2-9A-Z]{4}){1,2}\b"
)
SECRET = re.compile(r"whsec_[\w+/=]+|p-[0-9]{6}")
BEHIND = """
select count(*) from webhook, referral.head where state = 'active' and webhook.position < head.position
"""
DUE = """
select (select count(*) from timer where next_at <= $1) + (select count(*) from obligation where next_at <= $1)
  + (select count(*) from watch where next_at <= $1 and silent_at is null)
"""
NONCE = re.compile(r"(?<=nonce[-=])\"?[\w-]{22}\"?")
NOT_OF_THE_ANSWER = frozenset({"date", "server"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: to what, and everything in it."""

    asked: str
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass
class Twin:
    """One shelter, and all that it was ever answered or sent."""

    shelter: str
    hidden: list[Item]
    """The harm events that its case has more than its twin's."""
    clients: dict[str, httpx2.AsyncClient]
    document: Item
    neighbours: list[str]
    """The codes of its twins, which stand in public lists."""
    case: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    slip: str = ""
    heard: list[Heard] = field(default_factory=list)
    streamed: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, body: Any = None, *, role: str = ROLES[0], of: str | None = None
    ) -> httpx2.Response:
        """Sends a request and keeps the answer, comparable. ``of``: what to call it, where the path has ids."""
        # Compressed, what says the same of two shelters differs in length.
        answer = await self.clients[role].request(method, path, json=body, headers={"Accept-Encoding": "identity"})
        headers = {name: value for name, value in answer.headers.items() if name not in NOT_OF_THE_ANSWER}
        told = {name: self.comparable(value) for name, value in headers.items()}
        if "etag" in headers:  # the digest of what has the shelter's own name in it
            told["etag"] = self._named(headers["etag"])
        heard = Heard(f"{role} {method} {of or path}", answer.status_code, told, self.comparable(answer.text))
        self.heard.append(heard)
        return answer

    def comparable(self, text: str) -> str:
        """A text without what is random, without the shelter's own name, and without its twins."""
        for neighbour in self.neighbours:
            text = re.sub(rf'{{"shelter":"{neighbour}"[^}}]*}},?', "", text)
        text = NONCE.sub("<nonce>", text)
        text = CURSOR.sub(lambda found: f"<cursor of {len(found[0])}>", text)
        for of_what in (IDENTIFIER, CODE, SECRET):
            text = of_what.sub(self._name, text)
        return text.replace(self.shelter, "ALB-OUR-00")

    def _name(self, found: re.Match[str]) -> str:
        return self._named(found[0])

    def _named(self, text: str) -> str:
        return self._names.setdefault(text, f"<{len(self._names) + 1} of {len(text)}>")

    def messages(self, gateway: Gateway) -> list[str]:
        """What its webhook was sent, comparable: what came at one moment is in the order of ids, which are random."""
        came = [json.loads(one.body) for one in list(gateway.requests) if one.path == f"/{self.shelter}"]
        own = list({one["id"]: one for one in reversed(came)}.values())[::-1]  # a message may come again, as the same
        numbers = [int(one["sequence"]) for one in own]
        assert numbers == list(range(1, len(own) + 1)), f"its own numbers have no gap: {numbers} of {len(came)}"
        told = [{name: value for name, value in one.items() if name not in {"id", "sequence"}} for one in own]
        moments = [str(one["time"]) for one in told]
        return [
            *map(self.comparable, moments),
            *sorted(self.comparable(json.dumps(one, sort_keys=True)) for one in told),
        ]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Keeps what the stream of alerts says meanwhile."""
        opened = asyncio.Event()

        async def listen() -> None:
            async with self.clients[ROLES[0]].stream("GET", "/api/v1/alerts/stream") as stream:
                opened.set()
                async for line in stream.aiter_lines():
                    if line and not line.startswith(":"):  # else it keeps the connection open
                        self.streamed.append(self.comparable(line.replace("id: ", "id:")))

        task = asyncio.create_task(listen())
        try:
            async with asyncio.timeout(HANG):
                await opened.wait()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def differences(one: Twin, other: Twin) -> list[str]:
    """Everything by which two shelters could tell that something else happened to one of them."""
    found = [
        f"{mine.asked}: {_apart(str(mine), str(theirs))}"
        for mine, theirs in zip(one.heard, other.heard, strict=False)
        if mine != theirs
    ]
    if len(one.heard) != len(other.heard):
        found.append(f"{len(one.heard)} and {len(other.heard)} answers")
    if one.streamed != other.streamed:
        found.append(f"stream:\n  {one.streamed}\n  {other.streamed}")
    return found


def _apart(one: str, other: str) -> str:
    """Where two texts part."""
    at = next((n for n, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), len(one))
    return f"…{one[max(0, at - 160) : at + 120]}… and …{other[max(0, at - 160) : at + 120]}…"


async def settled(system: System, clock: Clock) -> None:
    """Until all that was recorded was followed and sent on, nothing is due by the clock, and nothing came meanwhile."""
    before: dict[str, int] = {}

    async def quiet() -> bool:
        nonlocal before
        heads = {service.name: await service.log.head() for service in system.services}
        followed = all(
            follower.position >= heads[follower.upstream]
            for service in system.services
            for follower in service.followers
        )
        async with system.service("notifications").context.database.reading() as connection:
            behind = await connection.fetchval(BEHIND)
        still, before = heads == before, heads
        async with system.service("referral").context.database.as_system() as connection:
            due = await connection.fetchval(DUE, clock())
        return followed and still and behind == 0 and due == 0

    for _ in range(3):  # a follower's rows are there a moment after its position
        await eventually(quiet)
        await asyncio.sleep(0)


def example_of(description: Item, method: str, path: str) -> Any:
    """The first example of a route's body in the API's description; ``None``: it takes none."""
    body = description["paths"][path][method.lower()].get("requestBody")
    if body is None:
        return None
    schema = next(iter(body["content"].values()))["schema"]
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return json.loads(json.dumps(schema.get("examples", [None])[0]))
