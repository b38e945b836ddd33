"""A case that cannot be read holds up nobody's clock: neither its own nor those of others."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from events.referral import ConsentLapsed
from events.vocabulary import Urgency
from services.chassis.errors import StoreUnavailableError
from services.referral.lifecycle import scheduler
from services.referral.lifecycle.expiry import ConsentExpiry
from services.referral.lifecycle.scheduler import ExpiredReferrals
from services.referral.obligations import scheduler as obligations
from services.referral.obligations.scheduler import ObligationClock
from tests.support.builders.changing_case import NOON, granted, routing
from tests.support.builders.living_case import LivingCase

SPOILT = ValueError("what is stored cannot be read")


@dataclass(frozen=True)
class _Files:
    fault: Exception

    async def load(self, *_: Any) -> None:
        raise self.fault


def expire(case: LivingCase, fault: Exception) -> list[str]:
    expiry = ConsentExpiry(files=cast("Any", _Files(fault)), policies=routing().policies)
    work, referral = case.work(), case.referral("ACNUR")
    done = expiry("lapse", referral, work, command=UUID(int=1), actor="clock:1", renew_within=timedelta(days=3))
    assert asyncio.run(done)
    return [type(entry.typed.event).__name__ for entry in work.entries if entry.typed is not None]


@pytest.fixture
def accepted() -> LivingCase:
    case = LivingCase.of(granted("ACNUR", expires_at=NOON + timedelta(days=2)))
    case.takes("ACNUR", "accept")
    case.passes(days=2)
    return case


def test_its_consent_runs_out_all_the_same(accepted: LivingCase) -> None:
    assert expire(accepted, SPOILT) == [ConsentLapsed.__name__]


def test_while_the_database_is_away_nothing_is_decided(accepted: LivingCase) -> None:
    with pytest.raises(StoreUnavailableError):
        expire(accepted, StoreUnavailableError())


class TestExpiredReferrals:
    @pytest.fixture
    def found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def expired(_: Any, urgencies: tuple[Urgency, ...]) -> list[tuple[UUID, int]]:
            assert Urgency.U0 in urgencies
            return [(UUID(int=7), 3), (UUID(int=8), 3)]

        monkeypatch.setattr(scheduler, "expired_referrals", expired)

    @pytest.mark.usefixtures("found")
    def test_one_of_them_holds_up_none_of_the_others(self) -> None:
        looked_at = list[UUID]()

        class Jobs(ExpiredReferrals):
            async def _decide_on(self, referral: UUID, version: int) -> bool:
                looked_at.append(referral)
                if referral == UUID(int=7):
                    raise SPOILT
                return version == 3

        nothing = cast("Any", None)
        jobs = Jobs(log=nothing, database=nothing, clock=nothing, sending_on=nothing)
        assert asyncio.run(jobs.run_due()) == 1
        assert looked_at == [UUID(int=7), UUID(int=8)]


def test_a_task_of_it_holds_up_no_other_task(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = list[int]()

    async def found(*_: Any) -> list[dict[str, Any]]:
        return [{"task_id": 1, "obligation": "tell_the_person"}, {"task_id": 2}]

    class Tasks(ObligationClock):
        async def _attend_to(self, row: Any) -> bool:
            looked_at.append(row["task_id"])
            if row["task_id"] == 1:
                raise SPOILT
            return True

    monkeypatch.setattr(obligations, "tasks_to_look_at", found)
    nothing = cast("Any", None)
    tasks = Tasks(log=nothing, database=nothing, clock=lambda: NOON, files=nothing, policy=nothing)
    assert asyncio.run(tasks.run_due()) == 1
    assert looked_at == [1, 2]
