"""Calls that block have threads of their own, and a place until they have really ended."""

import asyncio
import threading

import pytest

from services.chassis.own_threads import OwnThreads
from tests.support.system.system import eventually


async def test_the_result_or_the_exception_of_a_call_is_that_of_its_caller() -> None:
    threads = OwnThreads("own", 1)
    assert await threads.run(lambda: threading.current_thread().name, seconds=60) == "own"
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0, seconds=60)


async def test_what_hangs_keeps_its_place_and_takes_no_other_purposes() -> None:
    threads, others, go_on = OwnThreads("hanging", 2), OwnThreads("other", 1), threading.Event()
    running: list[int] = []

    def hang() -> None:
        running.append(threading.get_ident())
        go_on.wait(60)

    ended = await asyncio.gather(*(threads.run(hang, seconds=0.3) for _ in range(6)), return_exceptions=True)
    assert [type(each) for each in ended] == [TimeoutError] * 6
    assert len(running) == 2, "a given-up call still has its place"
    with pytest.raises(TimeoutError):
        await threads.run(lambda: None, seconds=0.1)
    assert await others.run(lambda: "done", seconds=60) == "done"
    assert await asyncio.to_thread(lambda: "done") == "done"
    go_on.set()

    async def free() -> bool:
        return not any(each.name == "hanging" for each in threading.enumerate())

    await eventually(free)
    assert await threads.run(lambda: "done", seconds=60) == "done"


async def test_a_caller_that_is_cancelled_leaves_the_place_to_the_next_once_the_call_has_ended() -> None:
    threads, go_on = OwnThreads("cancelled", 1), threading.Event()
    waits = asyncio.create_task(threads.run(lambda: go_on.wait(60), seconds=60))
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    go_on.set()
    assert await threads.run(lambda: "done", seconds=60) == "done"
