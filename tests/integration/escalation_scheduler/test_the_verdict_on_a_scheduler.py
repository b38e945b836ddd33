"""The control: a blind verdict would find nothing, either."""

import asyncio
import contextlib
from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Urgency
from services.chassis.secrets.installation import Secrets
from services.referral.escalation import scheduler
from services.referral.escalation.state import EscalationState
from tests.support.builders.escalation import MINUTES
from tests.support.system.scheduler_faults import faults_of
from tests.support.system.schedulers import guarded

U0, U1, U2, U3 = Urgency


class TestTheVerdictItself:
    async def test_finds_a_scheduler_that_fires_everything_twice(
        self, database: str, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Forgetful(EscalationState):
            @classmethod
            def of(cls, referral: Any, *hours: Any, **mode: Any) -> EscalationState:
                found = super().of(referral, *hours, **mode)
                return EscalationState(
                    **{name: getattr(found, name) for name in EscalationState.__slots__} | {"fired_steps": frozenset()}
                )

        async with guarded(database, secrets) as guard:
            await guard.sends(U0)
            guard.hours.pass_(5 * MINUTES)
            with monkeypatch.context() as changed:
                changed.setattr(scheduler, "EscalationState", Forgetful)
                changed.setattr("services.referral.escalation.domain.DueStep.command", lambda *_: uuid4())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await guard.run_due()
            assert any("times" in fault for fault in await faults_of(guard))

    async def test_finds_a_scheduler_that_never_runs(self, database: str, secrets: Secrets) -> None:
        async with guarded(database, secrets) as guard:
            referral = await guard.sends(U0)
            await guard.admin("delete from referral.timer")
            await guard.until_nothing_is_due()
            assert await guard.recorded_steps(referral) == []
            assert await faults_of(guard) == ["its timer is not when something is due next"]
