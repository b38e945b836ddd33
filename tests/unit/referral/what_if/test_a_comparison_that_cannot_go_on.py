"""A comparison that cannot go on fails as one: whoever began it hears one refusal, and no process of it is left."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.chassis.errors import StoreUnavailableError
from services.referral.what_if.processes import ReplayFailedError, replay_cases
from services.referral.what_if.tally import Tally
from services.referral.what_if.worker import framed

CASES = [UUID(int=number) for number in range(4)]


class Worker:
    """Stands for a process: it answers every batch with an empty tally, or ends instead."""

    def __init__(self, *, ends: bool) -> None:
        self.stdin, self.stdout, self.killed = self, asyncio.StreamReader(), False
        self._ends, self._sent = ends, 0

    def write(self, _content: bytes) -> None:
        self._sent += 1
        if self._sent > 1 and not self._ends:
            self.stdout.feed_data(framed(Tally(compared=1)))
        elif self._sent > 1:
            self.stdout.feed_eof()

    async def drain(self) -> None:
        pass

    def kill(self) -> None:
        self.killed = True

    async def wait(self) -> int:
        return 0


@pytest.fixture(params=[False, True], ids=["answers", "ends"])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    begun: list[Worker] = []

    async def begin(*_command: Any, **_pipes: Any) -> Worker:
        begun.append(Worker(ends=request.param))
        return begun[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begin)
    return begun


async def test_where_how_far_it_is_cannot_be_stored_or_a_process_ends_it_has_failed(workers: list[Worker]) -> None:
    async def away(_done: int) -> None:
        raise StoreUnavailableError

    setup: Any = None
    with pytest.raises(ReplayFailedError):
        await replay_cases(CASES, setup, processes=2, on_progress=away, batch_size=1)
    assert len(workers) == 2
    assert all(worker.killed for worker in workers)
