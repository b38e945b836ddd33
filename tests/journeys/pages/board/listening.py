"""An open page of Mesa, as a test has it: what its stream of changes says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from tests.support.system.system import HANG, eventually


@dataclass
class Heard:
    """What an open stream said, and whether it has ended."""

    lines: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def events(self) -> list[str]:
        return [line.partition(": ")[2] for line in self.lines if line.startswith("event:")]

    async def of(self, referral: str) -> None:
        """Waits until the stream says that a referral changed."""

        async def said() -> bool:
            return any(line.startswith("data:") and referral in line for line in self.lines)

        await eventually(said)

    async def ends(self) -> None:
        async def over() -> bool:
            return self.ended

        await eventually(over)


@asynccontextmanager
async def listening(client: httpx2.AsyncClient, **headers: str) -> AsyncIterator[Heard]:
    heard, opened = Heard(), asyncio.Event()

    async def listen() -> None:
        async with client.stream("GET", "/mesa/cambios", headers=headers) as answer:
            assert answer.status_code == 200, answer.status_code
            opened.set()
            async for line in answer.aiter_lines():
                heard.lines.append(line)
        heard.ended = True

    task = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(HANG):
            await opened.wait()
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
