"""An event that reads well and cannot be digested: its sealed answers were changed after they were sealed."""

from dataclasses import replace
from uuid import uuid4

from events.intake import CaseOpened
from services.chassis.database import Database
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import MAPPER, Log
from services.intake.projections import PROJECTIONS
from tests.faults.stage import Stage


async def poison(stage: Stage) -> None:
    """Appends the spoilt copy of a case to intake's log, as intake's own role, under ids of its own."""
    database = Database(stage.dsn, service="intake", password=stage.secrets.postgres["intake"])
    log = Log(database, projections=list(PROJECTIONS))
    log.start()
    try:
        entries = [entry for entry in await log.entries(after=0, limit=100) if entry.name == CaseOpened.NAME]
        opened = (await log.streams([entries[0].stream]))[entries[0].stream][0]
        assert isinstance(opened.event, CaseOpened)
        box = opened.event.screening
        spoilt = box.model_copy(update={"sealed": box.sealed[:-4] + ("AAAA" if box.sealed[-4:] != "AAAA" else "BBBB")})
        case = uuid4()
        copy = replace(
            opened,
            id=uuid4(),
            stream=case,
            case=case,
            cause=uuid4(),
            position=0,
            event=opened.event.model_copy(update={"submission": uuid4(), "screening": spoilt}),
        )
        await log.append(Append(entries=[MAPPER.to_stored_event(copy)]))
    finally:
        await log.stop()
        await database.close()
