"""Looks at how old what waits within one service is: events to copy and to digest, timers, deliveries."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.chassis.names import UPSTREAMS
from services.chassis.runtime.checks import Check, aged, recent
from services.chassis.runtime.service import Service

RECORDED_AT = "select recorded_at from {log}event where position = $1"
FOLLOWED = "select coalesce((select position from tracking where upstream = $1), 0)"
PARKED = "select count(*) as number, min(parked_at) as oldest from parked"
HEARTBEAT = "select extract(epoch from clock_timestamp() - beat_at)::float8 from {log}.heartbeat"


class FlowLooks:
    """The looks at one service."""

    def __init__(self, service: Service) -> None:
        """Uses the service's own clock, by which its events are dated."""
        self._service = service
        self._settings = service.context.settings
        self._now = service.context.clock

    def in_memory(self) -> list[Check]:
        """What this process knows without its database: connections, loops and the disk."""
        service, relay = self._service, self._service.relay
        copies = relay is not None and relay.connected
        full = relay is not None and relay.full
        checks = [
            Check(code="nats", ok=service.connected),
            Check(code="stream", ok=copies and not full, about="full" if full else None),
        ]
        if relay is not None:
            checks.append(Check(code="foreign_messages", ok=not relay.foreign, count=relay.foreign))
        checks.append(recent("leader", service.leadership.leaderless_for(), self._settings.flow_neighbour))
        followers = {follower.upstream: follower for follower in service.followers}
        for upstream in service.follows if service.leadership.leads else ():
            follower = followers.get(upstream)
            follows = follower is not None and follower.following and follower.failure is None
            checks.append(Check(code="following", ok=follows, about=upstream))
        return [*checks, *service.loops_kept.checks(self._settings.flow_loop), *self._disk()]

    async def in_database(self) -> list[Check]:
        """What the tables tell."""
        async with self._service.context.database.as_system() as connection:
            checks = [await self._copying(connection)]
            checks += [await self._digesting(connection, upstream) for upstream in self._service.follows]
            for upstream in UPSTREAMS[self._service.name]:
                age = await connection.fetchval(HEARTBEAT.format(log=upstream))
                checks.append(recent("neighbour", age, self._settings.flow_neighbour, about=upstream))
            checks.append(await self._parked(connection))
            for look in self._service.flow:
                checks += await look(connection)
        return checks

    async def _copying(self, connection: Any) -> Check:
        """The oldest event that is not in the stream; without a relay it is unknown, and ``stream`` says so."""
        relay = self._service.relay
        at = None if relay is None else await connection.fetchval(RECORDED_AT.format(log=""), relay.copied + 1)
        return aged("copying", self._since(at), self._settings.flow_behind)

    async def _digesting(self, connection: Any, upstream: str) -> Check:
        """The oldest event of another log that was not digested, whichever process of this service is at it."""
        position = await connection.fetchval(FOLLOWED, upstream)
        at = await connection.fetchval(RECORDED_AT.format(log=f"{upstream}."), position + 1)
        return aged("digesting", self._since(at), self._settings.flow_behind, about=upstream)

    async def _parked(self, connection: Any) -> Check:
        row = await connection.fetchrow(PARKED)
        number = row["number"]
        return Check(code="parked", ok=not number, seconds=self._since(row["oldest"]), count=number)

    def _disk(self) -> Sequence[Check]:
        """The disk of the data folder, where there is one on this machine."""
        try:
            usage = shutil.disk_usage(self._settings.data)
        except OSError:
            return ()
        free = usage.free / usage.total
        return (Check(code="disk", ok=free >= self._settings.flow_disk_free, count=round(free * 100)),)

    def _since(self, at: datetime | None) -> float | None:
        return None if at is None else (self._now() - at).total_seconds()
