"""A task whose reminder is due and is not taken: the service's health says so."""

from datetime import timedelta

from events.vocabulary import Role
from services.referral.obligations.queries import late_obligations
from tests.support.people.people import SHELTER, Programme
from tests.support.people.tasks import a_child, tasks_of
from tests.support.system.health import flow
from tests.support.system.system import System

LIMIT = 600.0


async def test_a_reminder_that_is_due_and_not_taken_is_said_with_its_age(own_system: System) -> None:
    shelter = await own_system.signed_in(Role.SHELTER_WORKER, SHELTER)
    programme = Programme(own_system, shelter, await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
    case = await programme.flag(a_child())
    (task,) = await tasks_of(shelter, case)
    assert not task["overdue"]
    referral = own_system.service("referral").context
    half_an_hour_late = referral.clock() + timedelta(hours=12, minutes=30)
    async with referral.database.as_system() as connection:
        (fine,) = await late_obligations(connection, clock=referral.clock, limit=LIMIT)
        (late,) = await late_obligations(connection, clock=lambda: half_an_hour_late, limit=LIMIT)
    assert (fine.code, fine.ok, fine.seconds) == ("obligations", True, None)
    assert (late.ok, round((late.seconds or 0) / 60)) == (False, 30), "half of its day was over half an hour ago"
    answered = (await flow(own_system))[1]["referral"]
    assert "obligations" in {check["code"] for check in answered["checks"]}
