"""The demonstration on a busy machine: its clock waits, it looks again after no answer, a failure is a sentence."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

import services.cli  # noqa: F401 - the demonstration is one of its commands, and imports it in turn
from services.demo import as_expected
from services.demo.clock import PlayedClock
from services.demo.day import first, until
from services.demo.people import NotAsExpectedError, UnavailableError, answered

START = datetime(2013, 6, 12, 15, tzinfo=UTC)


class Elapsed:
    """The machine's own clock, which the test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_however_long_the_system_takes_a_rung_is_still_climbed_within_its_minute() -> None:
    elapsed = Elapsed()
    clock = PlayedClock(START, elapsed)
    clock.advance_to(START + timedelta(minutes=5))
    elapsed.seconds += 300
    assert timedelta(minutes=5) < clock() - START < timedelta(minutes=6)


def test_the_played_clock_never_goes_back_and_runs_like_any_other_when_the_story_is_over() -> None:
    elapsed = Elapsed()
    clock = PlayedClock(START, elapsed)
    elapsed.seconds += 10
    shown = clock()
    clock.advance_to(START)
    clock.run_freely()
    assert clock() == shown > START
    elapsed.seconds += 60
    assert clock() == shown + timedelta(minutes=1)


async def test_a_look_that_gets_no_answer_is_taken_again() -> None:
    misses = [httpx2.ReadTimeout("slow"), UnavailableError("GET / was answered 503")]

    async def look() -> str | None:
        if misses:
            raise misses.pop()
        return "acknowledged"

    assert await until(look, "nobody acknowledged") == "acknowledged"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [("/api/v1/alerts", 503, True), ("/api/v1/alerts", 410, False), ("/api/v1/operate/ready", 503, False)],
)
async def test_of_a_fault_of_the_system_nothing_else_is_read(path: str, status: int, says: bool) -> None:  # noqa: FBT001
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status))
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://demo.invalid", event_hooks={"response": [answered]}
    ) as client:
        if not says:
            assert (await client.get(path)).status_code == status
            return
        with pytest.raises(UnavailableError, match="GET /api/v1/alerts was answered 503"):
            await client.get(path)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            httpx2.ReadTimeout("x" * 300),
            "El sistema no respondió a tiempo · The system did not answer in time: ReadTimeout",
        ),
        (
            ConnectionResetError(),
            "El sistema no respondió a tiempo · The system did not answer in time: ConnectionResetError",
        ),
        (
            NotAsExpectedError("a threat was not sent"),
            "No fue como se esperaba · Not as expected: a threat was not sent",
        ),
    ],
)
async def test_a_failure_is_reported_in_a_sentence(
    failure: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        raise failure

    assert not await as_expected(story())
    assert " ".join(capsys.readouterr().out.split()) == said


def test_a_day_in_which_somebody_is_missing_says_so() -> None:
    with pytest.raises(NotAsExpectedError, match="no adult was accepted"):
        first(iter(()), "no adult was accepted by an agency")
