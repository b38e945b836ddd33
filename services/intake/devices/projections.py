"""Stores the telephones of shelters (table ``device``)."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.devices import DeviceEnrolled, DeviceRevoked

ENROLLED = """
insert into device (device_id, shelter, key, sequence, enrolled_at, enrolled_by) values ($1, $2, $3, $4, $5, $6)
"""
REVOKED = "update device set revoked_at = $2 where device_id = $1"

DEVICE_FACTS = (DeviceEnrolled, DeviceRevoked)


async def project_devices(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores each telephone, and whether it was revoked."""
    for fact in batch:
        event = fact.event
        if isinstance(event, DeviceEnrolled):
            by = fact.actor.rpartition(":")[2]
            row = (event.device, event.shelter, event.public_key, fact.position, fact.recorded_at, by)
            await connection.execute(ENROLLED, *row)
        elif isinstance(event, DeviceRevoked):
            await connection.execute(REVOKED, event.device, fact.recorded_at)
