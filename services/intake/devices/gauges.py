"""What those who watch the system see of the telephones of shelters: how many, and how many are silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from services.chassis.clock import Clock
from services.chassis.telemetry.gauges import Gauge, Sample

DEVICES = Gauge("devices", "Telephones of shelters that are enrolled and not revoked")
SILENT = Gauge("devices_silent", "Of these, the ones that were not heard for a day")
KNOWN = """
select count(*) as number, count(*) filter (where coalesce(heard_at, enrolled_at) < $1) as silent
from device left join device_heard using (device_id) where revoked_at is null
"""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DeviceGauges:
    """Read from the read model."""

    clock: Clock

    async def __call__(self, connection: asyncpg.Connection) -> Sequence[Sample]:
        """All shelters together."""
        row = await connection.fetchrow(KNOWN, self.clock() - DAY)
        return [Sample(DEVICES, row["number"]), Sample(SILENT, row["silent"])]
