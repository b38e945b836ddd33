"""Shelters' devices, which send on a schedule of their own whatever becomes of the system, and send again."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

import httpx2

from events.vocabulary import Role
from tests.faults.stage import Stage
from tests.support.system.system import sample_day

AGAIN = 0.05
"""The share of devices that send once more although they had an answer: a double tap, a lost page."""

IDLE = 0.05
"""Seconds between looks whether more are awaited."""


class UnansweredError(Exception):
    """A device was refused, or gave up."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A submission, and the answer that its shelter holds in its hands."""

    document: dict[str, Any]
    answer: dict[str, Any]

    @property
    def submission(self) -> UUID:
        return UUID(self.document["submission_id"])

    @property
    def case(self) -> UUID:
        return UUID(self.answer["case_id"])


@dataclass
class Load:
    """An open-loop load: arrivals do not wait for answers."""

    clients: dict[str, httpx2.AsyncClient]
    intakes: Sequence[str]
    """Where intake is; a device that gets no answer from one asks another, as a balancer would."""
    random: Random
    rate: float
    seconds: float
    patience: float
    """Seconds for which a device goes on trying."""
    unanswered: int = 0
    """Devices that gave up."""
    acknowledged: list[Acknowledged] = field(default_factory=list)
    unknown: int = 0
    """Tries that ended without an answer: nobody can tell whether they were stored."""
    differing: int = 0
    """Second answers that were not the first."""
    awaited: int = 0
    """How many acknowledgements a fault waits for. On a slow machine the schedule may end before: then so many more
    devices send, and no more, so that a fault meets a system at work and never a flood."""
    open: bool = False
    """Whether a fault may yet wait for some."""
    _going: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: Iterator[int] = field(default_factory=count)

    def pause(self) -> None:
        """Nobody begins to send until ``resume``."""
        self._going.clear()

    def resume(self) -> None:
        """Goes on."""
        self._going.set()

    async def repeat(self, count: int) -> None:
        """So many devices that had their answer send once more."""
        for one in self.random.sample(self.acknowledged, k=min(count, len(self.acknowledged))):
            self.differing += await self._send(one.document) != one.answer

    async def run(self) -> None:
        """Sends everything and returns when all has been answered.

        Raises:
            UnansweredError: somebody was refused.
        """
        self._going.set()
        begin = monotonic()
        sending: list[asyncio.Task[None]] = []
        planned = int(self.rate * self.seconds)
        while (due := len(sending) < max(planned, self.awaited + self.unanswered)) or self.open:
            await asyncio.sleep(max(0.0, begin + len(sending) / self.rate - monotonic()) if due else IDLE)
            if due:
                sending.append(asyncio.create_task(self._device(self._document())))
        await asyncio.gather(*sending)

    def _document(self) -> dict[str, Any]:
        return self.random.choice(sample_day()) | {"submission_id": str(UUID(int=self.random.getrandbits(128)))}

    async def _device(self, document: dict[str, Any]) -> None:
        await self._going.wait()
        try:
            first = await self._send(document)
            self.acknowledged.append(Acknowledged(document, first))
            if self.random.random() < AGAIN:
                self.differing += await self._send(document) != first
        except TimeoutError:
            self.unanswered += 1

    async def _send(self, document: dict[str, Any]) -> dict[str, Any]:
        until, pause, turn = monotonic() + self.patience, 0.05, next(self._turns)
        while monotonic() < until:
            intake, turn = self.intakes[turn % len(self.intakes)], turn + 1
            try:
                answer = await self.clients[document["shelter"]].post(f"{intake}/api/v1/submissions", json=document)
            except (httpx2.TransportError, AttributeError):  # the latter: the client looks at a socket that is gone
                self.unknown += 1
            else:
                if answer.is_success:
                    body: dict[str, Any] = answer.json()
                    return body
                if answer.status_code != 503:
                    raise UnansweredError(f"answered {answer.status_code}")
                self.unknown += 1
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 2)
        raise TimeoutError


@asynccontextmanager
async def load_on(
    stage: Stage, *, seed: int, rate: float, seconds: float, patience: float = 180.0
) -> AsyncIterator[Load]:
    """A load that has not begun yet, with a signed-in device for each shelter."""
    clients: dict[str, httpx2.AsyncClient] = {}
    try:
        for shelter in sorted({one["shelter"] for one in sample_day()}):
            token = await stage.token(Role.SHELTER_WORKER, shelter)
            headers = {"Authorization": f"Bearer {token}"}
            clients[shelter] = httpx2.AsyncClient(headers=headers, timeout=5)
        yield Load(clients, stage.urls("intake"), Random(seed), rate, seconds, patience)
    finally:
        for client in clients.values():
            await client.aclose()
