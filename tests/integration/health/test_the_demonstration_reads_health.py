"""The demonstration asks the running system whether its services have caught up, as an operator does."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

import services.cli  # noqa: F401 - the demonstration is one of its commands, and imports it in turn
from services.chassis.clock import system_clock
from services.demo.clock import PlayedClock
from services.demo.day import Day, until
from services.demo.mailbox import Mailbox
from services.demo.people import READY, People
from services.system import Installation
from tests.support.system.system import running

pytestmark = pytest.mark.slow


async def test_the_demonstration_learns_that_no_service_is_behind(installation: Installation) -> None:
    async with running(installation) as system:
        people = People(installation, system.url, system_clock)
        try:
            operator = await people.operator()
            clock = PlayedClock(datetime(2013, 6, 12, 15, tzinfo=UTC))
            day = Day(people, clock, Mailbox(), Console(file=io.StringIO()), pace=0)
            assert await until(lambda: day.level(operator), "the services did not catch up")
            answer = await operator.get(READY)
            assert any("behind" in name for each in answer.json()["services"].values() for name in each)
        finally:
            await people.close()
