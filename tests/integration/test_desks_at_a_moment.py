"""What an auditor is told of a desk itself: that it is silent until it is heard, whatever is said of room meanwhile."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from operator import add
from uuid import uuid4

import pytest

from events.capacity import DeskCapacitySet
from events.contract import Event
from events.silence import DeskFellSilent, DeskHeardAgain
from events.vocabulary import Agency, Capacity, SilenceMeasure
from services.audit.time_machine import queries
from services.audit.time_machine.projections import place_desk_facts
from services.audit.time_machine.queries import ROOM_COUNTS, DeskSelf, desk_moment
from services.audit.time_machine.times import By
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.projections import write
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.secrets.installation import Secrets
from services.referral.capacity.domain import MAX_VALIDITY
from tests.support.builders.referral import START
from tests.support.system.logs import database_of, opened

HOUR = timedelta(hours=1)
SILENT = DeskFellSilent(
    desk="ACNUR-CHP", agency=Agency.ACNUR, since=START, measure=SilenceMeasure.WAITING, policy="2013.1"
)
HEARD = DeskHeardAgain(desk="ACNUR-CHP", agency=Agency.ACNUR, since=START, heard_at=START + 6 * HOUR)


def room(desk: str, hours: int, capacity: Capacity = Capacity.CAPACITY) -> DeskCapacitySet:
    until = START + hours * HOUR + MAX_VALIDITY
    return DeskCapacitySet(agency=Agency.ACNUR, desk=desk, capacity=capacity, expires_at=until)


async def test_a_silent_desk_stays_silent_however_often_another_says_that_it_has_room(
    database: str, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LATEST_FACTS", 2)
    said: Sequence[tuple[int, Event]] = [
        (1, SILENT),
        *((hours, room("ACNUR-OAX", hours)) for hours in range(2, 6)),
        (6, HEARD),
    ]
    audit = database_of(database, secrets, "audit")
    async with opened(database, secrets, "referral") as log:
        for hours, event in said:
            work, stream = UnitOfWork(log, partial(add, START, hours * HOUR)), uuid4()
            await work.load([stream])
            work.record(stream, event, case=None, actor="referral", cause=uuid4())
            appended = await log.append(Append(entries=work.entries))
            async with audit.correcting() as connection:
                await write(connection, place_desk_facts([work.entries[0].at(appended.first_position)]))

    async def desks(hours: float) -> list[DeskSelf]:
        found = await desk_moment(audit, Agency.ACNUR, START + hours * HOUR, By.RECORDED, after=None, limit=1)
        return list(found.desks)

    there = [DeskSelf("ACNUR-CHP", silent_since=START), DeskSelf("ACNUR-OAX", capacity=Capacity.CAPACITY)]
    assert await desks(1.5) == there[:1]
    assert await desks(5.5) == there
    assert await desks(6) == [DeskSelf("ACNUR-CHP"), there[1]]
    await audit.close()


def test_room_is_looked_for_as_far_back_as_a_desk_can_say_it() -> None:
    assert ROOM_COUNTS == MAX_VALIDITY
