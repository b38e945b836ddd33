import asyncio
import time

import pytest

from benchmarks.arrivals import Outcome, highest, offer, percentile, percentiles, schedule


def test_submissions_are_due_evenly_whatever_the_rate() -> None:
    assert schedule(500, 4, 1_000) == [1_000, 2_001_000, 4_001_000, 6_001_000]
    assert schedule(3, 4, 0) == [0, 333_333_333, 666_666_667, 1_000_000_000]


A_TIMERS_STEP = 2_000_000
"""Nanoseconds that are allowed: an arrival was seen a little before it was due."""


async def test_a_stalled_system_does_not_slow_its_load_down_and_the_wait_counts_from_when_it_was_due() -> None:
    begun: list[int] = []
    open_again = asyncio.Event()

    async def send(number: int) -> bool:
        begun.append(number)
        if len(begun) == 20:
            open_again.set()
        await open_again.wait()  # nobody is answered before the last has been sent
        return True

    arrivals = await offer(1_000, 20, send)
    assert begun == list(range(20))
    waited = [one.acknowledged - one.scheduled for one in arrivals if one.acknowledged is not None]
    assert len(waited) == 20
    # The first waited for the nineteen milliseconds of the others' schedule, as exactly as timers are.
    assert waited[0] >= 19_000_000 - A_TIMERS_STEP
    assert waited == sorted(waited, reverse=True)


async def test_a_submission_that_was_refused_is_no_acknowledged_arrival() -> None:
    async def send(number: int) -> bool:
        return number != 1

    arrivals = await offer(10_000, 3, send)
    assert [one.acknowledged is None for one in arrivals] == [False, True, False]
    assert all(one.scheduled <= time.monotonic_ns() + A_TIMERS_STEP for one in arrivals)


@pytest.mark.parametrize(("share", "expected"), [(50, 50), (95, 95), (99, 99), (99.9, 100), (0, 1), (100, 100)])
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    assert percentile(range(1, 101), share) == expected


def test_one_value_is_every_percentile_and_none_has_no_percentiles() -> None:
    assert set(percentiles([7.0]).values()) == {7.0}
    assert percentiles([]) == {}
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def outcome(**found: object) -> Outcome:
    told = {"submitted": 100, "acknowledged": 100, "lost": 0, "latency": {"p99": 100.0}} | found
    return Outcome(rate=50, alerts=100, duplicated=0, answer={}, cpu={"intake": 1.5, "nats": 0.5}, **told)  # type: ignore[arg-type]  # of the right types, by name


def test_a_rate_is_sustained_when_all_arrived_in_time() -> None:
    assert outcome().sustained(250)


@pytest.mark.parametrize("found", [{"lost": 1}, {"acknowledged": 99}, {"latency": {"p99": 250.0}}, {"latency": {}}])
def test_a_rate_is_not_sustained_when_something_is_missing_or_late(found: dict[str, object]) -> None:
    assert not outcome(**found).sustained(250)


def test_the_cost_of_a_case_is_that_of_all_processes_together() -> None:
    assert outcome().row()["cpu_ms"] == 2.0


@pytest.mark.parametrize("most", [0.3, 3.0, 60.0, 740.0, 5_210.0])
@pytest.mark.parametrize("start", [25.0, 500.0])
async def test_the_search_finds_the_highest_rate_from_below_and_from_above(most: float, start: float) -> None:
    tried: list[float] = []

    async def sustains(rate: float) -> bool:
        tried.append(rate)
        return rate <= most

    found = await highest(sustains, start=start, precision=1.05)
    assert found <= most <= found * 1.05
    assert len(tried) < 25
    assert len(tried) == len(set(tried))  # no rate is tried twice


async def test_a_system_that_sustains_nothing_is_given_up() -> None:
    async def never(_rate: float) -> bool:
        return False

    assert await highest(never, start=500, precision=1.05) == 0


async def test_the_search_ends_at_the_ceiling() -> None:
    async def always(_rate: float) -> bool:
        return True

    assert await highest(always, start=500, precision=1.05, ceiling=4_000) == 4_000
