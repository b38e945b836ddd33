"""Every step fires once, whatever runs at the same time or is killed."""

import asyncio
import contextlib
from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.vocabulary import Urgency
from services.chassis.secrets.installation import Secrets
from tests.support.builders.escalation import DAYS, HOURS, MINUTES
from tests.support.models.unanswered_referral import UNANSWERED
from tests.support.system.logs import opened
from tests.support.system.scheduler_faults import faults_of
from tests.support.system.schedulers import Guard, guarded, projecting

U0, U1, U2, U3 = Urgency


class TestSeveralSchedulers:
    async def test_at_once_fire_each_step_once(self, guard: Guard, database: str, secrets: Secrets) -> None:
        sent = [await guard.sends(U0) for _ in range(30)]
        async with opened(database, secrets, "referral", projections=[projecting()]) as log:
            others = [guard, guard.another(log), guard.another(guard.log)]
            for passed in (5 * MINUTES, 10 * MINUTES, 3 * HOURS):
                guard.hours.pass_(passed)
                await asyncio.gather(*(one.run_due() for one in others))
        for referral in sent:
            assert len(await guard.recorded_steps(referral)) == len(UNANSWERED[U0])

    async def test_one_of_which_is_killed_lose_nothing(self, guard: Guard) -> None:
        """Killed at any moment: what was appended has its timer, and the next scheduler goes on from there."""
        sent = [await guard.sends(U1) for _ in range(20)]
        guard.hours.pass_(DAYS)
        for turns in range(0, 60, 3):
            killed = asyncio.create_task(guard.another(guard.log).escalations.run_due())
            for _ in range(turns):
                await asyncio.sleep(0)
            killed.cancel()
            await asyncio.gather(killed, return_exceptions=True)
        await guard.run_due()
        for referral in sent:
            recorded_steps = [one.partition(" ")[2] for one in await guard.recorded_steps(referral)]
            assert recorded_steps == [one.partition(" ")[2] for one in UNANSWERED[U1]]

    async def test_end_between_an_append_and_its_timer_and_neither_is_there(
        self, database: str, secrets: Secrets
    ) -> None:
        broken = False

        async def ends(connection: asyncpg.Connection, _batch: Sequence[Recorded[Event]]) -> None:
            if broken:
                await connection.execute("select pg_terminate_backend(pg_backend_pid())")

        async with guarded(database, secrets, projections=[ends, projecting()]) as guard:
            referral = await guard.sends(U0)
            before = await guard.timers()
            guard.hours.pass_(5 * MINUTES)
            broken = True
            with contextlib.suppress(Exception):
                await guard.run_due()
            assert await guard.recorded_steps(referral) == []
            assert await guard.timers() == before
            broken = False
            await guard.run_due()
            assert await guard.recorded_steps(referral) == UNANSWERED[U0][:1]
            assert await faults_of(guard) == []
