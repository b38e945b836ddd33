"""A loop that died or hangs is noticed; one that waits by design is not taken for it."""

import asyncio
from dataclasses import dataclass

import pytest

from services.chassis.liveness import LoopHealth, beat, watched
from services.chassis.runtime.loops import Loops

LIMIT = 60.0


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def health(seconds: Seconds) -> LoopHealth:
    return LoopHealth("Scheduler", seconds)


def test_a_loop_that_waits_without_limit_never_beats_and_is_well(health: LoopHealth, seconds: Seconds) -> None:
    seconds.now += 10 * LIMIT
    assert health.silent_for(LIMIT) is None


def test_a_loop_that_hangs_is_silent_since_its_last_turn(health: LoopHealth, seconds: Seconds) -> None:
    health.beat()
    seconds.now += LIMIT
    assert health.silent_for(LIMIT) is None
    seconds.now += 1
    assert health.silent_for(LIMIT) == LIMIT + 1


def test_a_loop_that_fails_at_every_start_is_failing_since_the_first_until_a_turn_succeeds(
    health: LoopHealth, seconds: Seconds
) -> None:
    for _ in range(5):
        health.failed()
        seconds.now += 1
    assert health.silent_for(LIMIT) == 5
    health.beat()
    assert health.silent_for(LIMIT) is None


def test_a_loop_that_never_beats_is_well_again_once_it_has_run_for_a_while(
    health: LoopHealth, seconds: Seconds
) -> None:
    health.failed()
    seconds.now += LIMIT
    assert health.silent_for(LIMIT) == LIMIT
    seconds.now += 1
    assert health.silent_for(LIMIT) is None


def test_a_loop_that_ended_stays_ended(health: LoopHealth, seconds: Seconds) -> None:
    health.beat()
    health.ended()
    seconds.now += 3
    assert health.silent_for(LIMIT) == 3


async def test_a_turn_counts_for_the_loop_in_whose_context_it_is_made() -> None:
    first, second = LoopHealth("first"), LoopHealth("second")

    async def turn(health: LoopHealth, *, alive: bool) -> None:
        with watched(health):
            await asyncio.sleep(0)
            if alive:
                beat()

    await asyncio.gather(turn(first, alive=True), turn(second, alive=False))
    beat()  # outside of every loop
    assert first.beat_at is not None
    assert second.beat_at is None


async def test_a_loop_that_raises_is_started_again_and_told_of_by_its_name() -> None:
    loops, starts = Loops("referral"), asyncio.Event()

    async def fails() -> None:
        starts.set()
        raise RuntimeError

    task = asyncio.create_task(loops.keep("Scheduler", fails))
    await starts.wait()
    await asyncio.sleep(0)
    (check,) = loops.checks(LIMIT)
    assert (check.code, check.about, check.ok) == ("loop", "Scheduler", False)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_loop_that_may_end_and_ends_is_told_of_too() -> None:
    loops = Loops("referral")

    async def ends() -> None:
        return

    await loops.keep("follows-intake", ends, ends=True)
    (check,) = loops.checks(LIMIT)
    assert not check.ok
