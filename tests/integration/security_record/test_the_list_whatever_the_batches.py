"""What an auditor is listed comes from three logs, without an order between them: it is the same however they come."""

import random
from collections.abc import Sequence
from typing import Any

from events.contract import Event, Recorded
from services.audit.security.domain import LISTED
from services.audit.security.projections import FOLLOWED, project_closed, project_facts
from services.chassis.eventlog.log import MAPPER
from tests.contract.golden_events import a_fact
from tests.support.system.logs import as_admin

FACTS: dict[str, list[Recorded[Event]]] = {
    log: [a_fact(kind).at(position) for position, kind in enumerate(kinds, 1)] for log, kinds in LISTED.items()
}
SHOWN = "select log, position, recorded_at, whose from audit.security_fact order by log, position"


async def _apply(connection: Any, log: str, facts: Sequence[Recorded[Event]]) -> None:
    if log == "audit":
        await project_facts(connection, facts)
        await project_closed(connection, facts)
    else:
        await FOLLOWED[log].apply(connection, [MAPPER.to_stored_event(fact).at(fact.position) for fact in facts])


async def test_however_three_logs_interleave_the_list_is_the_same(database: str) -> None:
    source, outcomes = random.Random(7), []
    async with as_admin(database) as connection:
        await connection.execute("set search_path = audit")
        for _ in range(10):
            rest = {log: list(facts) for log, facts in FACTS.items()}
            undone = connection.transaction()
            await undone.start()
            while any(rest.values()):
                log = source.choice([log for log, facts in rest.items() if facts])
                size = source.randint(1, 4)
                batch, rest[log] = rest[log][:size], rest[log][size:]
                await _apply(connection, log, batch)
            outcomes.append([tuple(row) for row in await connection.fetch(SHOWN)])
            await undone.rollback()
    assert len(outcomes[0]) == sum(map(len, FACTS.values()))
    assert all(outcome == outcomes[0] for outcome in outcomes)
