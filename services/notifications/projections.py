"""The tables that the service's own events fill: alerts, shift handovers and the queue of deliveries."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.notifications import DeskHandedOver
from services.chassis.eventlog.projections import Projector, ReadModel
from services.notifications.alerts.projections import LISTED_EVENTS, list_alerts
from services.notifications.channel_health.projections import FACTS as CHANNEL_FACTS
from services.notifications.channel_health.projections import project_channel_health
from services.notifications.delivery.projections import queue_deliveries
from services.notifications.shifts.projections import list_handovers

MODELS = (
    ReadModel(tables=("alert",), fills={"notifications": Projector(project=list_alerts, reads=LISTED_EVENTS)}),
    ReadModel(
        tables=("handover",), fills={"notifications": Projector(project=list_handovers, reads=(DeskHandedOver,))}
    ),
    ReadModel(
        tables=("channel_health", "channel_minute"),
        fills={"notifications": Projector(project=project_channel_health, reads=CHANNEL_FACTS)},
    ),
)
"""Can be rebuilt from the log. The queue of deliveries cannot: no log has its leases."""


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Updates the lists and the queue in the transaction that appends a batch."""
    await list_alerts(connection, batch)
    await list_handovers(connection, batch)
    await queue_deliveries(connection, batch)
    await project_channel_health(connection, batch)
