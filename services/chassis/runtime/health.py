"""Whether a service may take requests, and whether what it takes goes all the way: two questions, two answers.

A load balancer asks the first one: intake without NATS stores what shelters send, and must not be taken out of service.
Whoever is on call is alarmed by the second one, which looks at ages: the oldest event that nobody has digested, the
oldest timer that has not fired, the oldest alert that has not left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.chassis.identity.tokens import NOT_COMPARED
from services.chassis.operations import migrate
from services.chassis.replication.relay import Relay
from services.chassis.runtime.checks import Check, recent
from services.chassis.runtime.flow import FlowLooks
from services.chassis.runtime.looking import TimedLook
from services.chassis.runtime.service import Service
from services.chassis.vault.epochs import KeysUnavailableError

BEHIND = """
select position - coalesce((select position from tracking where upstream = $1), 0) from {log}.head
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What the database said: whether its schema is this program's, and the values that readiness shows."""

    schema: migrate.Difference
    values: Mapping[str, Any] = field(default_factory=dict)
    head: int | None = None
    keys: bool = True
    """Whether the service's key file is that of the vault's keys."""
    nobody_because: str | None = None
    """Why nobody is admitted but operators; ``None``: everybody is who may be."""


@dataclass(frozen=True, slots=True)
class Report:
    """The checks of one service, and the values shown beside them."""

    checks: Sequence[Check]
    values: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)


class Health:
    """Examines one service on request. Both answers come in time, also when the database is frozen."""

    def __init__(self, service: Service) -> None:
        """Examines nothing yet."""
        self._service = service
        limit = service.context.settings.health_timeout
        self._base = TimedLook(self._look, limit)
        self._flow = TimedLook(FlowLooks(service).in_database, limit)

    async def close(self) -> None:
        """Ends what still waits for an answer."""
        await self._base.close()
        await self._flow.close()

    async def readiness(self) -> Report:
        """Whether this instance may take requests."""
        found = await self._base()
        return Report(self._to_accept(found), self._values(found))

    async def flow(self) -> Report:
        """Whether what this service takes, and what others send it, goes all the way."""
        found = await self._base()
        checks = [*self._to_accept(found), *FlowLooks(self._service).in_memory()]
        if found is not None and found.schema == migrate.Difference():
            late = await self._flow()
            checks += [Check(code="queues", ok=late is not None), *(late or ())]
        return Report(checks, {name: tell() for name, tell in self._service.details.items()})

    async def _look(self) -> Found:
        service, values = self._service, dict[str, Any]()
        async with service.context.database.reading() as connection:
            schema = await migrate.difference(connection, service.name)
            if schema != migrate.Difference():
                return Found(schema)
            head = await connection.fetchval("select position from head")
            values["parked"] = await connection.fetchval("select count(*) from parked")
            for upstream in service.follows:
                values[f"behind_{upstream}"] = max(0, await connection.fetchval(BEHIND.format(log=upstream), upstream))
            nobody = await connection.fetchval("select nobody_because from accounts.entrance")
        return Found(schema, values, head, await self._has_its_keys(), nobody)

    async def _has_its_keys(self) -> bool:
        keyring = self._service.keyring
        try:
            if keyring is not None:
                await keyring.verify()
        except KeysUnavailableError:
            return False
        return True

    def _to_accept(self, found: Found | None) -> list[Check]:
        """What an instance must have to take requests: its database, the right schema, a log that is written to."""
        service = self._service
        checks = [Check(code="postgres", ok=found is not None)]
        if found is not None:
            missing, unknown = found.schema.missing, found.schema.unknown
            checks.append(Check(code="migrations_pending", ok=not missing, count=missing))
            checks.append(Check(code="database_newer", ok=not unknown, count=unknown))
            checks.append(Check(code="keys", ok=found.keys))
            # Not compared yet, for instance without NATS: what shelters hand in is taken all the same (ADR 0038).
            may_enter = found.nobody_because in (None, NOT_COMPARED)
            checks.append(Check(code="admission", ok=may_enter, about=found.nobody_because))
        limit = service.context.settings.flow_write
        checks.append(recent("write", service.heartbeat.silent_for(), limit))
        checks.append(Check(code="alarm", ok=service.log.halted is None, about=service.log.halted))
        return checks

    def _values(self, found: Found | None) -> Mapping[str, Any]:
        service = self._service
        values: dict[str, Any] = {
            "postgres": "unreachable" if found is None else "ok",
            "nats": "ok" if service.connected else "unreachable",
        }
        if found is not None:
            values["migrations"] = _migrations(found.schema)
            values |= found.values
        if service.relay is not None and found is not None and found.head is not None:
            values["relay_behind"] = max(0, found.head - service.relay.copied)
            values["stream"] = _stream(service.relay)
        values["leads"] = service.leadership.leads
        values["following"] = all(follower.following for follower in service.followers)
        values["failures"] = sorted({follower.failure for follower in service.followers if follower.failure})
        values["alarm"] = service.log.halted
        return values | {name: tell() for name, tell in service.details.items()}


def _stream(relay: Relay) -> str:
    return "full" if relay.full else "ok" if relay.connected else "unreachable"


def _migrations(schema: migrate.Difference) -> str:
    if schema.missing:
        return f"{schema.missing} pending"
    return f"{schema.unknown} unknown" if schema.unknown else "ok"


async def reports(examined: Mapping[str, Health], ask: Callable[[Health], Awaitable[Report]]) -> Mapping[str, Report]:
    """The services' reports, made at the same time: a server that does not answer is waited for once."""
    return dict(zip(examined, await asyncio.gather(*(ask(each) for each in examined.values())), strict=True))


def all_ok(found: Mapping[str, Report]) -> bool:
    """Whether every check of every service holds."""
    return all(report.ok for report in found.values())
