"""How far a case has come follows from intake's log and referral's, however they interleave."""

import random
from typing import Any
from uuid import UUID

from services.chassis.eventlog.log import MAPPER
from services.chassis.eventlog.projections import write
from services.chassis.secrets.installation import Secrets
from services.intake.routing.projections import ANSWERS, follow_routing, project_answers
from tests.contract.golden_events import a_fact
from tests.support.builders.health_facts import a_days_assessments, about
from tests.support.system.logs import database_of

PARTS = 5


async def test_whatever_the_order_between_the_two_the_same_is_shown(database: str, secrets: Secrets) -> None:
    source = random.Random(5)
    followed = [MAPPER.to_stored_event(fact) for fact in a_days_assessments(random.Random(7), 40)]
    own = [about(UUID(int=1 + n % 4), n, a_fact(source.choice(ANSWERS)).event) for n in range(1, 21)]
    writer = await database_of(database, secrets, "intake").connect()
    await writer.execute("select set_config('canaliza.role', 'system', false)")  # no append here that would say it
    outcomes: list[list[tuple[Any, ...]]] = []
    try:
        for _ in range(10):
            order = ["intake", "referral"] * PARTS
            source.shuffle(order)
            undone = writer.transaction()
            await undone.start()
            done = {"intake": 0, "referral": 0}
            for log in order:
                size = len(own if log == "intake" else followed) // PARTS
                first, done[log] = done[log], done[log] + size
                if log == "intake":
                    await project_answers(writer, own[first : first + size])
                else:
                    await write(writer, follow_routing(followed[first : first + size]))
            outcomes.append([tuple(row) for row in await writer.fetch("select * from routing order by case_id")])
            await undone.rollback()
    finally:
        await writer.close()
    answered, assessed = 1, 3
    assert any(row[answered] and row[assessed] for row in outcomes[0]), "both logs say something of a case"
    assert all(outcome == outcomes[0] for outcome in outcomes)
