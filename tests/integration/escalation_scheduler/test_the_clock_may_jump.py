"""The scheduler's clock may jump: no step fires twice or early."""

import asyncio

from events.vocabulary import Urgency
from tests.support.builders.escalation import DAYS, HOURS, MINUTES
from tests.support.models.unanswered_referral import UNANSWERED
from tests.support.system.schedulers import Guard
from tests.support.system.system import eventually

U0, U1, U2, U3 = Urgency


class TestTheClock:
    async def test_may_jump_forward_and_back_and_nothing_is_done_twice_or_early(self, guard: Guard) -> None:
        referral = await guard.sends(U1)
        for jump in (2 * HOURS, -90 * MINUTES, 10 * MINUTES, 2 * DAYS, -3 * DAYS, 3 * DAYS):
            guard.hours.pass_(jump)
            await guard.run_due()
        recorded_steps = [one.partition(" ")[2] for one in await guard.recorded_steps(referral)]
        assert recorded_steps == [one.partition(" ")[2] for one in UNANSWERED[U1]]

    async def test_that_goes_back_does_nothing_before_its_time(self, guard: Guard) -> None:
        referral = await guard.sends(U0)
        guard.hours.pass_(-2 * DAYS)
        await guard.run_due()
        assert await guard.recorded_steps(referral) == []

    async def test_runs_by_itself_and_wakes_when_somebody_acts(self, guard: Guard) -> None:
        guard.log.listen(guard.escalations.on_commit)
        referral = await guard.sends(U0)
        running = asyncio.create_task(guard.escalations.run())
        try:
            guard.hours.pass_(5 * MINUTES)
            await eventually(lambda: guard.recorded_steps(referral))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert await guard.recorded_steps(referral) == UNANSWERED[U0][:1]
