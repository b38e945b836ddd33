"""Reads the parked events for an operator."""

from services.chassis.runtime.schemas import ParkedEvent
from services.chassis.runtime.service import Service

PARKED = (
    "select upstream, position, case_id, topic, reason, parked_at from parked order by parked_at, position limit 500"
)


async def parked_events(service: Service) -> list[ParkedEvent]:
    """The events that a service could not handle, at most 500: those of urgent cases first, then the oldest."""
    async with service.context.database.reading() as connection:
        rows = await connection.fetch(PARKED)
    cases = {row["case_id"] for row in rows} - {None}
    urgent = await service.urgent_cases(cases) if service.urgent_cases is not None and cases else ()
    found = [ParkedEvent(service=service.name, urgent=row["case_id"] in urgent, **row) for row in rows]
    return sorted(found, key=lambda event: not event.urgent)
